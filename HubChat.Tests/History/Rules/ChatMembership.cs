namespace HubChat.Tests.History.Rules;

/// <summary>Who was in a chat, from which event to which, and what the history knows of when that was.</summary>
internal sealed class ChatMembership
{
    private readonly List<Stay> _stays = [];
    private readonly TimeSpan _grace;

    public ChatMembership(HistoryRun run, FinalChat chat)
    {
        _grace = run.Options.LeaveGrace;
        foreach (var one in chat.Events.Where(one => one.User is not null).OrderBy(one => one.Seq))
        {
            if (one.Type is "chat.created" or "participant.joined" && !_stays.Any(stay => stay.User == one.User && stay.To is null))
            {
                _stays.Add(new Stay(one.User!, NotBefore(run, chat, one.Seq)));
            }
            else if (one.Type == "participant.left" && _stays.FindIndex(stay => stay.User == one.User && stay.To is null) is >= 0 and var index)
            {
                _stays[index] = _stays[index] with { To = one.Seq, Until = FirstSeen(run, chat.Id, one.Seq) };
            }
        }
    }

    // A log that says nothing about its participants proves nothing about them.
    public bool WasEverIn(string? user) => _stays.Count == 0 || _stays.Any(stay => stay.User == user);

    public bool Refuses(HistoryRecord record) => _stays.Count > 0 && !_stays.Any(stay => stay.User == record.Reader && Covers(stay, record));

    /// <summary>A send that came before an event in the log had not begun before it did: until then the event was not.</summary>
    private static long NotBefore(HistoryRun run, FinalChat chat, long seq)
    {
        var earlier = chat.Messages
            .Where(message => message.Seq < seq && message.ClientMsgId is not null)
            .Select(message => (message.Author, message.ClientMsgId))
            .ToHashSet();
        return run.Records
            .Where(record => record is { Kind: RecordKind.Send, Outcome: Outcome.Invoke } && record.Chat == chat.Id)
            .DistinctBy(record => (record.Reader, record.ClientMsgId))
            .Where(record => earlier.Contains((record.Reader, record.ClientMsgId)))
            .Select(record => record.T)
            .DefaultIfEmpty(long.MinValue)
            .Max();
    }

    private static long? FirstSeen(HistoryRun run, string chat, long seq) =>
        run.Records.FirstOrDefault(record => record.Chat == chat && record.Seq >= seq && record.Kind
            is RecordKind.Event or RecordKind.Snapshot or RecordKind.Top or RecordKind.Send)?.T;

    private bool Covers(Stay stay, HistoryRecord record)
    {
        if (record.T < stay.From)
        {
            return false;
        }

        // What has a number is exact; what has none, or is nothing but a number, may still be on its way for a moment.
        return record is { Seq: { } seq, Kind: not RecordKind.Top }
            ? stay.To is not { } left || seq <= left
            : stay.Until is not { } seen || HistoryRun.Between(seen, record.T) <= _grace;
    }

    /// <summary>It cannot have begun before <see cref="From"/>, and had ended, with event <see cref="To"/>, at <see cref="Until"/>.</summary>
    private sealed record Stay(string User, long From, long? To = null, long? Until = null);
}
