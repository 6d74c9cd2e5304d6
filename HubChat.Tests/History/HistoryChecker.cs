using HubChat.Tests.History.Rules;

namespace HubChat.Tests.History;

/// <summary>Holds a history against the promises. It knows the wire contract and nothing of how the server keeps it.</summary>
internal static class HistoryChecker
{
    private static readonly Func<HistoryRun, IEnumerable<Violation>>[] Rules =
    [
        DurableRule.Check,
        GapFreeRule.Check,
        SameOrderRule.Check,
        TextRule.Check,
        RealTimeRule.Check,
        FenceRule.Check,
        TakeoverRule.Check,
        LeakRule.Check,
        MemoryRule.Check,
    ];

    /// <param name="records">In the order in which they were appended.</param>
    /// <param name="final">What the database held after the run.</param>
    /// <param name="options">The numbers behind the rules.</param>
    public static IReadOnlyList<Violation> Check(
        IReadOnlyList<HistoryRecord> records, FinalState final, HistoryOptions? options = null)
    {
        var run = new HistoryRun(records, final, options ?? new HistoryOptions());
        return [.. Rules.SelectMany(rule => rule(run))];
    }

    /// <summary>Checks histories on disk that hold their final state themselves.</summary>
    public static async Task<IReadOnlyList<Violation>> CheckFilesAsync(
        IEnumerable<string> paths, HistoryOptions? options, CancellationToken cancellationToken)
    {
        var records = await HistoryReader.ReadAsync(paths, cancellationToken);
        return Check(records, FinalState.From(records), options);
    }
}
