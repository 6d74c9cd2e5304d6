namespace HubChat.Tests.History.Rules;

/// <summary>What the servers measured of themselves.</summary>
internal static class MemoryRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var limits = run.Options;
        foreach (var sample in run.Records.Where(record => record.Kind == RecordKind.Sample))
        {
            (string What, long? Value, long? Limit)[] measures =
            [
                ("bytes on the heap", sample.Heap, limits.MaxHeap),
                ("bytes in an outbox", sample.Outbox, limits.MaxOutbox),
                ("entries in a delta log", sample.Log, limits.MaxLog),
            ];
            foreach (var (what, value, limit) in measures.Where(measure => measure.Value > measure.Limit))
            {
                yield return new Violation(
                    Rule.Memory, sample.Chat, sample.Client, $"Server {sample.Owner} held {value} {what}, the limit is {limit}.");
            }
        }
    }
}
