using System.Text.Json;
using System.Text.Json.Serialization;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Refuses NUL wherever a text is read. The reader itself refuses halves of surrogate pairs.</summary>
internal sealed class StorableTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && reader.GetString() is { } text && !text.Contains('\0')
            ? text
            : throw new JsonException("Not a text that can be kept.");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
