using System.Globalization;
using System.Text.Json;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>How many frames a client that comes again has.</summary>
internal static class Offsets
{
    private const string LastEventId = "Last-Event-ID";

    /// <summary>The member <c>offset</c>; without it the header of an event source, whose ids are offsets; without both 0.</summary>
    /// <param name="body">What was sent.</param>
    /// <param name="headers">Where the header may be.</param>
    /// <param name="count">How many frames there are.</param>
    /// <exception cref="SseException">offset_out_of_range.</exception>
    public static long Read(JsonElement body, IHeaderDictionary headers, long count)
    {
        var header = headers[LastEventId].ToString();
        var offset = body.Find("offset") is { } member ? NumberOf(member)
            : header.Length == 0 ? 0
            : long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
            : null;
        return offset is { } known && known >= 0 && known <= count
            ? known
            : throw SseException.Invalid("offset_out_of_range", "offset", $"offset must be an integer from 0 to {count}, the number of frames so far.");
    }

    private static long? NumberOf(JsonElement member) =>
        member.ValueKind is JsonValueKind.Number && member.TryGetInt64(out var number) ? number : null;
}
