using HubChat.Server.Audit;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class SessionStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts, TimeProvider time) : ISessionStore
{
    public Task AddAsync(Session session, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                // In here, because the lock may have come while the password was being checked.
                await db.LockAsync(session.UserId);
                if (await db.Users.AnyAsync(user => user.Id == session.UserId && user.LockedAt != null, CancellationToken.None))
                {
                    throw new ChatException(ChatError.Forbidden, "account_locked", "An administrator has locked this account.");
                }

                db.Sessions.Add(session);
                if (ActionOf(session.Kind) is { } action)
                {
                    await db.RecordAsync(new AuditRecord(session.UserId, action, session.Id.Value), session.CreatedAt);
                }

                return await db.SaveChangesAsync(CancellationToken.None);
            },
            cancellationToken);

    public async Task<CurrentUser?> FindAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await (from session in db.Sessions
                      join user in db.Users on session.UserId equals user.Id
                      where session.TokenHash == tokenHash && session.Kind != SessionKind.KnownDevice && user.LockedAt == null
                      select new CurrentUser(
                          user.Id, user.UserName!, user.DisplayName, user.Email!, user.Role, user.CreatedAt, session.Id, session.Scopes, session.ExpiresAt,
                          session.CreatedAt))
            .FirstOrDefaultAsync(cancellationToken);
    }

    public async Task<bool> IsKnownDeviceAsync(byte[] tokenHash, UserId userId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AnyAsync(
            session => session.TokenHash == tokenHash && session.Kind == SessionKind.KnownDevice && session.UserId == userId, cancellationToken);
    }

    public async Task<IReadOnlyList<Session>> ListAsync(UserId userId, SessionKind kind, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AsNoTracking()
            .Where(session => session.UserId == userId && session.Kind == kind)
            .OrderBy(session => session.CreatedAt)
            .ToListAsync(cancellationToken);
    }

    public Task<IReadOnlyList<SessionId>> RemoveAsync(UserId userId, SessionFilter filter, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<SessionId>>(
            async db =>
            {
                var sessions = await db.Sessions
                    .Where(session => session.UserId == userId
                        && (filter.Kind == null || session.Kind == filter.Kind)
                        && (filter.Only == null || session.Id == filter.Only)
                        && (filter.Except == null || session.Id != filter.Except))
                    .ToListAsync(CancellationToken.None);
                db.Sessions.RemoveRange(sessions);

                // What ends all keys at once has a line of its own.
                foreach (var key in sessions.Where(session => session.Kind is SessionKind.ApiKey && filter.Only is not null))
                {
                    await db.RecordAsync(new AuditRecord(userId, AuditActions.KeyEnded, key.Id.Value), time.GetUtcNow());
                }

                await db.SaveChangesAsync(CancellationToken.None);
                return [.. sessions.Select(session => session.Id)];
            },
            cancellationToken);

    public Task TouchAsync(SessionId id, DateTimeOffset usedAt, DateTimeOffset? expiresAt, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            db => db.Sessions.Where(session => session.Id == id)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(session => session.LastUsedAt, usedAt).SetProperty(session => session.ExpiresAt, expiresAt),
                    CancellationToken.None),
            cancellationToken);

    public async Task<bool> HasAdminAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Users.AnyAsync(user => user.Role == UserRole.Admin, cancellationToken);
    }

    public async Task<bool> TryMakeFirstAdminAsync(UserId userId, CancellationToken cancellationToken) =>
        await writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(userId);
                await db.LockAsync(WriteLock.Administrators);
                if (await db.Users.AnyAsync(user => user.Role == UserRole.Admin, CancellationToken.None))
                {
                    return 0;
                }

                await db.RecordAsync(new AuditRecord(userId, AuditActions.FirstAdminSignedUp, userId.Value), time.GetUtcNow());
                return await db.Users.Where(user => user.Id == userId)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin), CancellationToken.None);
            },
            cancellationToken) == 1;

    private static string? ActionOf(SessionKind kind) => kind switch
    {
        SessionKind.SignIn => AuditActions.SignedIn,
        SessionKind.ApiKey => AuditActions.KeyCreated,
        _ => null,
    };
}
