using System.Text.Encodings.Web;
using System.Text.Json;

namespace HubChat.Server.Realtime;

/// <summary>JSON between nodes: compact, texts of all languages as they are because nothing of it becomes a part of a page, and checked.</summary>
internal static class NodeJson
{
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
