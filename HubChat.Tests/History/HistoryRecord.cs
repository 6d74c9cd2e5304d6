using System.Text.Json;
using System.Text.Json.Serialization;

namespace HubChat.Tests.History;

/// <summary>
/// One line of a history. A <see cref="Client"/> is one reader that keeps its positions over its connections; a stream of
/// its own (<c>Ask</c>) is a client of its own. Whose client it is says <see cref="User"/>, when it is not the client's name.
/// </summary>
internal sealed record HistoryRecord
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Microseconds on a clock that never steps back; the writer sets it.</summary>
    public long T { get; init; }

    public required RecordKind Kind { get; init; }

    public string? Client { get; init; }

    public string? User { get; init; }

    public string? Conn { get; init; }

    public string? Chat { get; init; }

    public long? Seq { get; init; }

    public string? Gen { get; init; }

    public int? Epoch { get; init; }

    public long? N { get; init; }

    public int? Off { get; init; }

    public string? Text { get; init; }

    public string? ClientMsgId { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>An event's type, as on the wire.</summary>
    public string? Type { get; init; }

    /// <summary>A message's id.</summary>
    public string? Message { get; init; }

    /// <summary>A message's state, as on the wire.</summary>
    public string? State { get; init; }

    /// <summary>A reply's length in UTF-16 units, at its end.</summary>
    public int? Length { get; init; }

    /// <summary>A reply's hash: lower-case hexadecimal SHA-256 of its UTF-8 text.</summary>
    public string? Hash { get; init; }

    /// <summary>The server that a generation belongs to, or that was measured.</summary>
    public string? Owner { get; init; }

    public long? Fence { get; init; }

    /// <summary>Bytes on the heap after a collection.</summary>
    public long? Heap { get; init; }

    /// <summary>Bytes in the fullest outbox.</summary>
    public long? Outbox { get; init; }

    /// <summary>Entries in the longest delta log.</summary>
    public long? Log { get; init; }

    /// <summary>Who sees what this client sees.</summary>
    [JsonIgnore]
    public string? Reader => User ?? Client;

    public static HistoryRecord Parse(string line) => JsonSerializer.Deserialize<HistoryRecord>(line, Json)
        ?? throw new JsonException("A history has no empty values.");

    public string ToLine() => JsonSerializer.Serialize(this, Json);
}
