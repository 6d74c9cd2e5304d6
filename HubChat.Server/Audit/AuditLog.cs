namespace HubChat.Server.Audit;

/// <summary>
/// What was done to accounts, and what administrators looked at. What one write changes is recorded by that same write; for everything
/// else the line comes first: a line about something that then failed is better than something that left no line.
/// </summary>
internal sealed class AuditLog(IAuditStore store, TimeProvider time)
{
    public Task AppendAsync(AuditRecord record, CancellationToken cancellationToken) => store.AppendAsync(record, time.GetUtcNow(), cancellationToken);

    /// <summary>A page, the newest first.</summary>
    public async Task<AuditPage> ReadAsync(long? before, int limit, CancellationToken cancellationToken)
    {
        // One more than asked for tells whether there are more.
        var found = await store.ReadAsync(before, limit + 1, cancellationToken);
        return new AuditPage([.. found.Take(limit)], found.Count > limit);
    }

    /// <summary>Follows the chain from its beginning. That its end was cut off cannot be seen here.</summary>
    public async Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken)
    {
        AuditEntry? last = null;
        await foreach (var entry in store.ReadAllAsync(cancellationToken))
        {
            if (!entry.Follows(last))
            {
                // A line that is missing is named by its own number, not by that of its neighbour.
                return new AuditVerdict(last?.Seq ?? 0, (last?.Seq ?? 0) + 1);
            }

            last = entry;
        }

        return new AuditVerdict(last?.Seq ?? 0, BrokenSeq: null);
    }
}

internal sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, bool HasMore);

/// <param name="Entries">How many lines are as they were written.</param>
/// <param name="BrokenSeq">The first line that was changed or is missing; null when there is none.</param>
internal sealed record AuditVerdict(long Entries, long? BrokenSeq);
