namespace HubChat.Tests.History.Rules;

/// <summary>Every send is known by its chat, its sender and the sender's own id.</summary>
internal static class DurableRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var stored = run.Chats.Values
            .SelectMany(chat => chat.Messages, (chat, message) => (chat, message))
            .ToLookup(entry => (entry.chat.Id, entry.message.Author, entry.message.ClientMsgId), entry => entry.message);
        var deleted = run.Records
            .Where(record => record is { Kind: RecordKind.Closed, State: FinalChat.Deleted })
            .Select(record => record.Chat)
            .ToHashSet();
        var sends = run.Records
            .Where(record => record is { Kind: RecordKind.Send, Chat: not null, ClientMsgId: not null } && !deleted.Contains(record.Chat))
            .GroupBy(record => (record.Chat!, record.Reader, record.ClientMsgId));

        return sends.SelectMany(send => CheckSend([.. send], [.. stored[send.Key]]));
    }

    private static IEnumerable<Violation> CheckSend(HistoryRecord[] attempts, FinalMessage[] stored)
    {
        var (chat, client, id) = (attempts[0].Chat, attempts[0].Client, attempts[0].ClientMsgId);
        Violation Broken(string sentence) => new(Rule.Durable, chat, client, $"Send {id} {sentence}");

        var ok = attempts.Where(attempt => attempt.Outcome == Outcome.Ok).ToArray();
        if (stored.Length > 1)
        {
            yield return Broken($"is stored {stored.Length} times.");
        }
        else if (ok.Length > 0 && stored.Length == 0)
        {
            yield return Broken("was acknowledged and is not stored.");
        }
        else if (ok.Length == 0 && stored.Length > 0 && WasRefused(attempts))
        {
            yield return Broken("was refused and is stored.");
        }

        if (stored.Length == 0)
        {
            yield break;
        }

        if (ok.FirstOrDefault(attempt => attempt.Seq is { } seq && seq != stored[0].Seq) is { } moved)
        {
            yield return Broken($"was acknowledged as event {moved.Seq} and is stored as {stored[0].Seq}.");
        }

        if (!stored[0].IsDeleted && !PossibleTexts(attempts).Contains(stored[0].Text))
        {
            yield return Broken("is stored with another text than was sent.");
        }
    }

    /// <summary>Every attempt that was begun has ended with a refusal.</summary>
    private static bool WasRefused(HistoryRecord[] attempts) =>
        attempts.Count(attempt => attempt.Outcome == Outcome.Fail) is > 0 and var refused
        && refused >= attempts.Count(attempt => attempt.Outcome == Outcome.Invoke)
        && attempts.All(attempt => attempt.Outcome != Outcome.Unknown);

    private static HashSet<string> PossibleTexts(HistoryRecord[] attempts)
    {
        HashSet<string> begun = [], acknowledged = [];
        var latest = "";
        foreach (var attempt in attempts)
        {
            // An outcome may repeat the text it belongs to; one that does not belongs to the latest attempt.
            latest = attempt.Text ?? latest;
            begun.Add(latest);
            if (attempt.Outcome == Outcome.Ok)
            {
                acknowledged.Add(latest);
            }
        }

        return acknowledged.Count > 0 ? acknowledged : begun;
    }
}
