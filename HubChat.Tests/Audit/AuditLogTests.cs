using System.Data.Common;
using HubChat.Server.Audit;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Audit;

public sealed class AuditLogTests : IAsyncLifetime
{
    private readonly HubChatApp _app = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AuditLog Log => _app.Services.GetRequiredService<AuditLog>();

    public async ValueTask InitializeAsync()
    {
        _app.Start();
        for (var i = 1; i <= 5; i++)
        {
            await Log.AppendAsync(new AuditRecord(new(Guid.NewGuid()), "users.listed", Guid.NewGuid(), i == 4 ? "détail" : null), Token);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Untouched_log_is_intact() => Assert.Equal(new AuditVerdict(5, null), await Log.VerifyAsync(Token));

    [Theory]
    [InlineData("""UPDATE "Audit" SET "Action" = 'users.Listed' WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "Detail" = '' WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "Detail" = NULL WHERE "Seq" = 4""", 4)]
    [InlineData("""UPDATE "Audit" SET "ActorId" = NULL WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "ActorId" = "SubjectId", "SubjectId" = "ActorId" WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "SubjectId" = NULL WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "At" = '2020-01-01 00:00:00' WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "Hash" = "PreviousHash" WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "PreviousHash" = "Hash" WHERE "Seq" = 3""", 3)]
    [InlineData("""UPDATE "Audit" SET "Seq" = 9 WHERE "Seq" = 5""", 5)]
    [InlineData("""UPDATE "Audit" SET "Action" = 'x' WHERE "Seq" = 1""", 1)]
    [InlineData("""DELETE FROM "Audit" WHERE "Seq" = 3""", 3)]
    [InlineData("""DELETE FROM "Audit" WHERE "Seq" IN (2, 3, 4)""", 2)]
    [InlineData("""DELETE FROM "Audit" WHERE "Seq" = 1""", 1)]
    public async Task First_line_that_was_changed_or_removed_is_named(string tampering, long broken)
    {
        await TamperAsync(tampering);

        Assert.Equal(new AuditVerdict(broken - 1, broken), await Log.VerifyAsync(Token));
    }

    [Fact]
    public async Task Line_that_was_forged_with_its_hash_breaks_the_next()
    {
        var entries = await _app.ReadAsync(db => db.Audit.AsNoTracking().OrderBy(entry => entry.Seq).ToListAsync(Token));
        var forged = AuditEntry.Next(entries[1], new AuditRecord(entries[2].ActorId, "forged", entries[2].SubjectId), entries[2].At);
        await TamperAsync("""DELETE FROM "Audit" WHERE "Seq" = 3""");
        await _app.ReadAsync(db =>
        {
            db.Audit.Add(forged);
            return db.SaveChangesAsync(Token);
        });

        Assert.Equal(new AuditVerdict(3, 4), await Log.VerifyAsync(Token));
    }

    [Fact]
    public async Task End_that_was_cut_off_is_not_seen_by_the_chain_alone()
    {
        await TamperAsync("""DELETE FROM "Audit" WHERE "Seq" = 5""");

        Assert.Equal(new AuditVerdict(4, null), await Log.VerifyAsync(Token));
    }

    [Theory]
    [InlineData("""UPDATE "Audit" SET "Detail" = 'x' WHERE "Seq" = 3""")]
    [InlineData("""DELETE FROM "Audit" WHERE "Seq" = 5""")]
    [InlineData("""DELETE FROM "Audit" """)]
    public async Task Database_itself_refuses_to_change_a_line(string sql)
    {
        var refusal = await Assert.ThrowsAnyAsync<DbException>(() => _app.ReadAsync(db => db.Database.ExecuteSqlRawAsync(sql, Token)));

        Assert.Contains("append-only", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(new AuditVerdict(5, null), await Log.VerifyAsync(Token));
    }

    [Fact]
    public async Task Many_writers_leave_no_hole()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Log.AppendAsync(new AuditRecord(null, "users.listed"), Token)));

        Assert.Equal(new AuditVerdict(55, null), await Log.VerifyAsync(Token));
    }

    [Fact]
    public async Task Line_that_does_not_fit_is_a_fault_and_leaves_no_hole()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => Log.AppendAsync(new AuditRecord(null, "users.listed", Detail: new string('x', AuditEntry.MaxDetailLength + 1)), Token));
        await Log.AppendAsync(new AuditRecord(null, "users.listed", Detail: new string('x', AuditEntry.MaxDetailLength)), Token);

        Assert.Equal(new AuditVerdict(6, null), await Log.VerifyAsync(Token));
    }

    private async Task TamperAsync(string sql) => Assert.NotEqual(0, await _app.ReadAsync(db => db.TamperAsync(sql, Token)));
}
