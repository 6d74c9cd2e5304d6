using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class SessionStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : ISessionStore
{
    public Task AddAsync(Session session, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                db.Sessions.Add(session);
                return await db.SaveChangesAsync(CancellationToken.None);
            },
            cancellationToken);

    public async Task<CurrentUser?> FindAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await (from session in db.Sessions
                      join user in db.Users on session.UserId equals user.Id
                      where session.TokenHash == tokenHash && session.Kind != SessionKind.KnownDevice
                      select new CurrentUser(
                          user.Id, user.UserName!, user.DisplayName, user.Email!, user.Role, user.CreatedAt, session.Id, session.Scopes, session.ExpiresAt))
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
            async db => await db.Users.AnyAsync(user => user.Role == UserRole.Admin, CancellationToken.None)
                ? 0
                : await db.Users.Where(user => user.Id == userId)
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin), CancellationToken.None),
            cancellationToken) == 1;
}
