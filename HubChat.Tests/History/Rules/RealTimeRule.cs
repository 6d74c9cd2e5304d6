namespace HubChat.Tests.History.Rules;

/// <summary>The order of the log agrees with what the senders knew.</summary>
internal static class RealTimeRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var stored = run.Chats.Values
            .SelectMany(chat => chat.Messages, (chat, message) => (chat, message))
            .Where(entry => entry.message.ClientMsgId is not null)
            .GroupBy(entry => (Chat: entry.chat.Id, Sender: entry.message.Author, Id: entry.message.ClientMsgId))
            .ToDictionary(entries => entries.Key, entries => entries.First().message.Seq);
        var acknowledged = new Dictionary<string, HistoryRecord>();
        var begun = new HashSet<(string, string?, string?)>();

        foreach (var record in run.Records.Where(record => record is { Kind: RecordKind.Send, Chat: not null }))
        {
            var key = (record.Chat!, record.Reader, record.ClientMsgId);
            if (record.Outcome == Outcome.Ok && record.Seq is { } seq)
            {
                if (!acknowledged.TryGetValue(record.Chat!, out var former) || former.Seq < seq)
                {
                    acknowledged[record.Chat!] = record;
                }
            }
            else if (record.Outcome == Outcome.Invoke && begun.Add(key)
                && acknowledged.TryGetValue(record.Chat!, out var earlier)
                && stored.TryGetValue(key, out var place) && place <= earlier.Seq)
            {
                yield return new Violation(
                    Rule.RealTime,
                    record.Chat,
                    record.Client,
                    $"Send {record.ClientMsgId} is event {place}; it was begun when {earlier.ClientMsgId} was acknowledged as {earlier.Seq}.");
            }
        }
    }
}
