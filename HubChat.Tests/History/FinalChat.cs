namespace HubChat.Tests.History;

/// <summary>One chat in the database: its messages and its log.</summary>
internal sealed record FinalChat(string Id, IReadOnlyList<FinalMessage> Messages, IReadOnlyList<FinalEvent> Events)
{
    public const string Deleted = "deleted";

    public long LastSeq => Events.Count == 0 ? 0 : Events.Max(one => one.Seq);

    public static FinalChat From(IGrouping<string, HistoryRecord> records) => new(
        records.Key,
        [.. records.Where(record => record.Kind == RecordKind.FinalMessage).Select(FinalMessage.From)],
        [.. records.Where(record => record.Kind == RecordKind.FinalEvent).Select(FinalEvent.From)]);

    public IEnumerable<HistoryRecord> ToRecords() =>
        Messages.Select(message => message.ToRecord(Id)).Concat(Events.Select(one => one.ToRecord(Id)));
}

/// <summary>
/// A message. A reply has a <see cref="Gen"/> and no <see cref="Author"/>; <see cref="State"/> is as on the wire, or
/// <see cref="FinalChat.Deleted"/> when the text was erased.
/// </summary>
internal sealed record FinalMessage(
    long Seq, string Id, string? Author, string? ClientMsgId, string Text, string? Gen = null, string State = "done")
{
    public bool IsDeleted => State == FinalChat.Deleted;

    public static FinalMessage From(HistoryRecord record) => new(
        record.Seq ?? 0, record.Message ?? "", record.User, record.ClientMsgId, record.Text ?? "", record.Gen, record.State ?? "done");

    public HistoryRecord ToRecord(string chat) => new()
    {
        Kind = RecordKind.FinalMessage,
        Chat = chat,
        Seq = Seq,
        Message = Id,
        User = Author,
        ClientMsgId = ClientMsgId,
        Text = Text,
        Gen = Gen,
        State = State,
    };
}

/// <summary>An event; <see cref="User"/> is who created the chat, joined or left, for the events that say so.</summary>
internal sealed record FinalEvent(long Seq, string Type, string? Message = null, string? User = null)
{
    public static FinalEvent From(HistoryRecord record) => new(record.Seq ?? 0, record.Type ?? "", record.Message, record.User);

    public HistoryRecord ToRecord(string chat) =>
        new() { Kind = RecordKind.FinalEvent, Chat = chat, Seq = Seq, Type = Type, Message = Message, User = User };
}
