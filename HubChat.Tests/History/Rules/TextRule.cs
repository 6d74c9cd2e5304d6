namespace HubChat.Tests.History.Rules;

/// <summary>Replays every client's deltas by the rules of the contract and compares the texts: with each other, with the hashes, with the database.</summary>
internal static class TextRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var written = new WrittenTexts();
        var newest = run.Records
            .Where(record => record is { Gen: not null, Epoch: not null })
            .GroupBy(record => record.Gen!)
            .ToDictionary(generation => generation.Key, generation => generation.Max(record => record.Epoch!.Value));

        return run.Readings()
            .SelectMany(reading => reading.Where(record => record.Gen is not null).GroupBy(record => record.Gen!), (reading, replies) => (reading.Key, replies))
            .Select(entry => CheckReply(run, entry.Key.Client, entry.Key.Chat, entry.replies, newest.GetValueOrDefault(entry.replies.Key), written))
            .OfType<Violation>();
    }

    private static Violation? CheckReply(
        HistoryRun run, string client, string chat, IGrouping<string, HistoryRecord> records, int newest, WrittenTexts written)
    {
        Violation Broken(string sentence) => new(Rule.Text, chat, client, $"Generation {records.Key}: {sentence}");

        var final = run.Replies.GetValueOrDefault(records.Key);
        var isFinal = final is { IsDeleted: false, State: not ("queued" or "running") };
        var reply = new ReplyReplay(written);
        foreach (var record in records)
        {
            if (reply.Apply(record) is { } mistake)
            {
                return Broken(mistake);
            }

            if (reply.IsLost && !run.Options.HolesMayHeal)
            {
                return Broken($"it missed a part before {record.Kind} {record.N} of epoch {record.Epoch}.");
            }

            if (isFinal && record.Kind == RecordKind.Done && record.Epoch == newest && !TextHash.Matches(record, final!.Text))
            {
                return Broken($"its end says {record.Length} units, {record.Hash}; the database has {final.Text.Length}, {TextHash.Of(final.Text)}.");
            }
        }

        // Who left early has a part; who stayed, or saw the end of the last attempt, has everything.
        var mustBeWhole = run.WatchesAtEnd(client, chat) || (reply.HasEnded && reply.Epoch == newest);
        if (!isFinal || !reply.HasText || !mustBeWhole)
        {
            return null;
        }

        return reply.IsLost
            ? Broken("it missed a part and never asked for it.")
            : reply.Text == final!.Text
                ? null
                : Broken($"it ended with {reply.Text.Length} units, the database has {final.Text.Length}, the first difference is at {Difference(reply.Text, final.Text)}.");
    }

    private static int Difference(string one, string other) => one.AsSpan().CommonPrefixLength(other);
}
