using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace HubChat.Server.Models.Upstreams;

/// <summary>How requests are written, and how answers are read that may lack anything or hold it in another shape.</summary>
internal static partial class UpstreamJson
{
    /// <summary>Requests: what is not set is left out, and text keeps its own characters, which are fewer bytes than their escapes.</summary>
    public static readonly JsonSerializerOptions Requests = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    extension(JsonElement element)
    {
        /// <summary>The member; of kind <see cref="JsonValueKind.Undefined"/> when there is none, or it is null.</summary>
        public JsonElement Member(string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null
                ? member
                : default;

        /// <summary>Null when the member is no text.</summary>
        public string? TextOf(string name) => element.Member(name) is { ValueKind: JsonValueKind.String } member ? Text(member) : null;

        /// <summary>Null when the member is no whole number.</summary>
        public long? NumberOf(string name) =>
            element.Member(name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt64(out var number) ? number : null;

        /// <summary>Empty when the member is no array.</summary>
        public IEnumerable<JsonElement> ItemsOf(string name) =>
            element.Member(name) is { ValueKind: JsonValueKind.Array } member ? member.EnumerateArray() : [];
    }

    /// <summary>The text of a string, also where a piece ends inside a character: the reader throws at halves, but the next piece may bring the rest.</summary>
    public static string Text(JsonElement element)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Unescape(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(element)[1..^1]));
        }
    }

    private static string Unescape(string escaped) => Escape().Replace(escaped, static escape => escape.ValueSpan[1] switch
    {
        'u' => ((char)Convert.ToInt32(escape.Value[2..], 16)).ToString(),
        'b' => "\b",
        'f' => "\f",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        var itself => itself.ToString(),
    });

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();
}
