namespace HubChat.Tests.History.Simulation;

/// <summary>A history and its final state, with the means to break them.</summary>
internal sealed record SimulatedRun(IReadOnlyList<HistoryRecord> Records, FinalState Final)
{
    public IReadOnlyList<Violation> Check(HistoryOptions? options = null) => HistoryChecker.Check(Records, Final, options);

    public SimulatedRun Without(Predicate<HistoryRecord> which) => this with { Records = [.. Records.Where(record => !which(record))] };

    public SimulatedRun Replace(HistoryRecord record, params IEnumerable<HistoryRecord> by)
    {
        var index = Records.Index().First(entry => ReferenceEquals(entry.Item, record)).Index;
        return this with { Records = [.. Records.Take(index), .. by, .. Records.Skip(index + 1)] };
    }

    public SimulatedRun InsertAfter(HistoryRecord record, params IEnumerable<HistoryRecord> more) =>
        Replace(record, [record, .. more]);

    /// <summary>From this record on, everything is later by so much.</summary>
    public SimulatedRun Pause(HistoryRecord from, TimeSpan time)
    {
        var late = false;
        return this with
        {
            Records = [.. Records.Select(record =>
                (late |= ReferenceEquals(record, from)) ? record with { T = record.T + (long)time.TotalMicroseconds } : record)],
        };
    }

    public SimulatedRun ChangeChat(string id, Func<FinalChat, FinalChat> change) =>
        this with { Final = new FinalState([.. Final.Chats.Select(chat => chat.Id == id ? change(chat) : chat)]) };

    public SimulatedRun ChangeMessages(string id, Func<IReadOnlyList<FinalMessage>, IEnumerable<FinalMessage>> change) =>
        ChangeChat(id, chat => chat with { Messages = [.. change(chat.Messages)] });

    public SimulatedRun ChangeEvents(string id, Func<IReadOnlyList<FinalEvent>, IEnumerable<FinalEvent>> change) =>
        ChangeChat(id, chat => chat with { Events = [.. change(chat.Events)] });
}
