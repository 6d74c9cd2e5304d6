using System.Text.Json;

namespace HubChat.Server.Endpoints.Sse;

internal static class JsonMembers
{
    extension(JsonElement element)
    {
        /// <summary>A member; null when there is none, when it is null, or when this is no object.</summary>
        public JsonElement? Find(string name) =>
            element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind is not JsonValueKind.Null
                ? member
                : null;

        /// <summary>A text as it was sent; null when it is none, or holds half of a surrogate pair.</summary>
        public string? AsText()
        {
            try
            {
                return element.ValueKind is JsonValueKind.String ? element.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }
}
