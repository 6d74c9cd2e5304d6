namespace HubChat.Tests.History;

/// <summary>What the database held after the run, when everything was quiet.</summary>
internal sealed record FinalState(IReadOnlyList<FinalChat> Chats)
{
    public static FinalState From(IEnumerable<HistoryRecord> records)
    {
        var chats = records
            .Where(record => record.Kind is RecordKind.FinalMessage or RecordKind.FinalEvent)
            .GroupBy(record => record.Chat ?? "");
        return new FinalState([.. chats.Select(FinalChat.From)]);
    }

    public IEnumerable<HistoryRecord> ToRecords() => Chats.SelectMany(chat => chat.ToRecords());
}
