using HubChat.Server.Audit;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class AccountStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : IAccountStore
{
    public async Task<IReadOnlyList<AccountView>> ListAsync(
        UserId? after, string? search, int max, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var users = db.Users.AsQueryable();
        if (after is { } last)
        {
            users = users.Where(user => user.Id > last);
        }

        if (search?.ToUpperInvariant() is { } prefix)
        {
            users = users.Where(user => user.NormalizedUserName!.StartsWith(prefix));
        }

        return await ViewsOf(db, users.OrderBy(user => user.Id).Take(max), now).ToListAsync(cancellationToken);
    }

    public Task<AccountChange> ChangeAsync(
        UserId id, DateTimeOffset now, Func<User, IReadOnlyList<UserId>, AuditRecord?> change, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(id);
                await db.LockAsync(WriteLock.Administrators);
                var administrators = await db.Users.Where(user => user.Role == UserRole.Admin && user.LockedAt == null)
                    .Select(user => user.Id)
                    .ToListAsync(CancellationToken.None);
                var user = await db.Users.FirstOrDefaultAsync(user => user.Id == id, CancellationToken.None) ?? throw ChatException.NotFound("user");
                var record = change(user, administrators);
                List<Session> ended = [];
                if (record is not null)
                {
                    // Who read the account before this must not write it back as it was.
                    user.ConcurrencyStamp = Guid.NewGuid().ToString();
                    if (user.LockedAt is not null)
                    {
                        ended = await db.Sessions.Where(session => session.UserId == id).ToListAsync(CancellationToken.None);
                        db.Sessions.RemoveRange(ended);
                    }

                    await db.RecordAsync(record, now);
                }

                var view = await ViewsOf(db, db.Users.Where(row => row.Id == id), now).FirstAsync(CancellationToken.None);
                return new AccountChange(view, record is not null, [.. ended.Select(session => session.Id)]);
            },
            cancellationToken);

    private static IQueryable<AccountView> ViewsOf(ChatDbContext db, IQueryable<User> users, DateTimeOffset now)
    {
        var live = db.Sessions.Where(session => session.ExpiresAt == null || session.ExpiresAt > now);
        return users.AsNoTracking().Select(user => new AccountView(
            user.Id, user.UserName!, user.Email!, user.DisplayName, user.Role, user.CreatedAt, user.LockedAt,
            live.Count(session => session.UserId == user.Id && session.Kind == SessionKind.SignIn),
            live.Count(session => session.UserId == user.Id && session.Kind == SessionKind.ApiKey)));
    }
}
