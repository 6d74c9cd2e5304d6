using HubChat.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Tests.Audit;

/// <summary>What somebody can do to the audit log who owns the database.</summary>
internal static class AuditTampering
{
    /// <returns>How many lines were changed.</returns>
    public static async Task<int> TamperAsync(this ChatDbContext db, string sql, CancellationToken cancellationToken)
    {
        string[] triggers = db.Database.IsNpgsql()
            ? ["""DROP TRIGGER "AuditRefusesChange" ON "Audit" """]
            : ["DROP TRIGGER AuditRefusesUpdate", "DROP TRIGGER AuditRefusesDelete"];
        foreach (var drop in triggers)
        {
            await db.Database.ExecuteSqlRawAsync(drop, cancellationToken);
        }

        return await db.Database.ExecuteSqlRawAsync(sql, cancellationToken);
    }
}
