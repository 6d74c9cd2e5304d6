namespace HubChat.Tests.History.Rules;

/// <summary>One writer at a time: neither the servers' claims nor what the clients see ever goes back.</summary>
internal static class FenceRule
{
    public static IEnumerable<Violation> Check(HistoryRun run) => CheckClaims(run).Concat(CheckReaders(run));

    private static IEnumerable<Violation> CheckClaims(HistoryRun run)
    {
        var claims = run.Records.Where(record => record is { Kind: RecordKind.Claim, Gen: not null, Owner: not null });
        foreach (var generation in claims.GroupBy(record => record.Gen))
        {
            HistoryRecord? former = null;
            foreach (var claim in generation)
            {
                if (former is not null && claim.Owner != former.Owner && claim.Epoch <= former.Epoch)
                {
                    yield return Broken(claim, $"Epoch {claim.Epoch} belongs to {former.Owner} and {claim.Owner}.");
                }
                else if (former is not null && claim.Owner != former.Owner && claim.Fence <= former.Fence)
                {
                    yield return Broken(claim, $"{claim.Owner} claimed it with fence {claim.Fence} after {former.Owner} with {former.Fence}.");
                }
                else if (former is not null && (claim.Epoch < former.Epoch || claim.Fence < former.Fence))
                {
                    yield return Broken(claim, $"{claim.Owner} went back to epoch {claim.Epoch}, fence {claim.Fence}.");
                }

                former = claim;
            }
        }
    }

    private static IEnumerable<Violation> CheckReaders(HistoryRun run)
    {
        var connections = new Dictionary<(string?, string?), int>();
        foreach (var record in run.Records)
        {
            connections.TryAdd((record.Client, record.Conn), connections.Count);
        }

        var received = run.Records.Where(record =>
            record is { Client: not null, Gen: not null, Kind: RecordKind.Reset or RecordKind.Delta or RecordKind.Done });
        foreach (var reading in received.GroupBy(record => (record.Client, record.Gen)))
        {
            HistoryRecord? highest = null;
            var fence = long.MinValue;
            foreach (var record in reading)
            {
                if (record.Epoch < highest?.Epoch)
                {
                    // What is late on a connection that the client has left is not shown to anybody.
                    if (connections[(record.Client, record.Conn)] >= connections[(highest.Client, highest.Conn)])
                    {
                        yield return Broken(record, $"A {record.Kind} of epoch {record.Epoch} came after epoch {highest.Epoch}.");
                    }

                    continue;
                }

                if (record.Fence < fence)
                {
                    yield return Broken(record, $"A {record.Kind} with fence {record.Fence} came after fence {fence}.");
                }

                (highest, fence) = (record, Math.Max(fence, record.Fence ?? fence));
            }
        }
    }

    private static Violation Broken(HistoryRecord record, string sentence) =>
        new(Rule.Fence, record.Chat, record.Client, $"Generation {record.Gen}: {sentence}");
}
