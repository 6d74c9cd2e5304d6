using HubChat.Server.Audit;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class AuditStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : IAuditStore
{
    public Task AppendAsync(AuditRecord record, DateTimeOffset at, CancellationToken cancellationToken) =>
        writer.WriteAsync(db => db.RecordAsync(record, at), cancellationToken);

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(long? before, int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Audit.AsNoTracking()
            .Where(entry => before == null || entry.Seq < before)
            .OrderByDescending(entry => entry.Seq)
            .Take(max)
            .ToListAsync(cancellationToken);
    }

    public async IAsyncEnumerable<AuditEntry> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await foreach (var entry in db.Audit.AsNoTracking().OrderBy(entry => entry.Seq).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return entry;
        }
    }
}
