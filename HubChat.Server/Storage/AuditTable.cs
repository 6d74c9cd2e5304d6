using HubChat.Server.Audit;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>The audit log as a step of any write.</summary>
internal static class AuditTable
{
    extension(ChatDbContext db)
    {
        /// <summary>
        /// Adds the next line inside the writer's transaction: it is stored with what it tells of, or not at all. What the write has done so
        /// far is sent to the database with it.
        /// </summary>
        public async Task<AuditEntry> RecordAsync(AuditRecord record, DateTimeOffset at)
        {
            await db.LockAsync(WriteLock.Audit);
            var last = await db.Audit.AsNoTracking().OrderByDescending(entry => entry.Seq).FirstOrDefaultAsync();
            var entry = AuditEntry.Next(last, record, at);
            db.Audit.Add(entry);
            await db.SaveChangesAsync(CancellationToken.None);
            return entry;
        }
    }
}
