using System.Text.Json;
using System.Text.Json.Serialization;

namespace HubChat.Server.Realtime;

/// <summary>An entry of a delta log as other nodes are given it. Where its text begins follows from the entries before it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "t")]
[JsonDerivedType(typeof(BegunEntry), "begun")]
[JsonDerivedType(typeof(TextEntry), "text")]
[JsonDerivedType(typeof(EndedEntry), "ended")]
[JsonDerivedType(typeof(ClosedEntry), "closed")]
internal abstract record LogEntry
{
    public static LogEntry Of(Delta delta, ReplyOrigin origin) => delta switch
    {
        DeltaReset reset => new BegunEntry(origin, reset.Text),
        DeltaText text => new TextEntry(text.Text),
        DeltaDone done => new EndedEntry(done.End),
        DeltaClosed closed => new ClosedEntry(closed.Title),
        _ => throw new ArgumentOutOfRangeException(nameof(delta), delta, "No entry of a log."),
    };

    public string ToJson() => JsonSerializer.Serialize(this, LogEntryJson.Compact.LogEntry);

    /// <summary>Null when it is not one of ours.</summary>
    public static LogEntry? FromJson(string json) => NodeJson.Read(json, LogEntryJson.Compact.LogEntry);
}

/// <summary>The first of an epoch: the text that is there already.</summary>
internal sealed record BegunEntry(ReplyOrigin Origin, string Text) : LogEntry;

internal sealed record TextEntry(string Text) : LogEntry;

internal sealed record EndedEntry(DeltaEnd End) : LogEntry;

internal sealed record ClosedEntry(string? Title) : LogEntry;

[JsonSerializable(typeof(LogEntry))]
internal sealed partial class LogEntryJson : JsonSerializerContext
{
    public static LogEntryJson Compact { get; } = new(NodeJson.NewOptions());
}
