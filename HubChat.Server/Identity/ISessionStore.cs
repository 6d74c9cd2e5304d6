using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

internal interface ISessionStore
{
    /// <summary>Adds a way in, unless an administrator keeps the person out.</summary>
    /// <exception cref="Errors.ChatException">account_locked.</exception>
    Task AddAsync(Session session, CancellationToken cancellationToken);

    /// <summary>Whose session this is; null when there is none or the person is gone or locked. Expiry is not looked at.</summary>
    Task<CurrentUser?> FindAsync(byte[] tokenHash, CancellationToken cancellationToken);

    Task<bool> IsKnownDeviceAsync(byte[] tokenHash, UserId userId, CancellationToken cancellationToken);

    Task<IReadOnlyList<Session>> ListAsync(UserId userId, SessionKind kind, CancellationToken cancellationToken);

    /// <summary>Removes sessions of a person: one, or all of those kinds but one. Gives what was removed.</summary>
    Task<IReadOnlyList<SessionId>> RemoveAsync(UserId userId, SessionFilter filter, CancellationToken cancellationToken);

    Task TouchAsync(SessionId id, DateTimeOffset usedAt, DateTimeOffset? expiresAt, CancellationToken cancellationToken);

    Task<bool> HasAdminAsync(CancellationToken cancellationToken);

    /// <summary>Makes the person administrator if nobody is yet; of many at once exactly one succeeds.</summary>
    Task<bool> TryMakeFirstAdminAsync(UserId userId, CancellationToken cancellationToken);
}

internal sealed record SessionFilter(SessionKind? Kind = null, SessionId? Only = null, SessionId? Except = null);
