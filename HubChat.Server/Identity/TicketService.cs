namespace HubChat.Server.Identity;

/// <summary>
/// Tickets: what stands in the address of a WebSocket instead of a token. One opens one connection, within a minute, as the session that
/// asked for it, and the connection ends with that session.
/// </summary>
internal sealed class TicketService(ITicketStore store, SessionService sessions, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <summary>A ticket, and until when it opens something.</summary>
    /// <exception cref="Errors.ChatException">busy.</exception>
    public async Task<(string Ticket, DateTimeOffset ExpiresAt)> IssueAsync(SessionIdentity session)
    {
        // Before it is kept: it is good for no less than is said.
        var expiresAt = time.GetUtcNow() + Lifetime;
        return (await store.AddAsync(session.TokenHash), expiresAt);
    }

    /// <summary>Whose it is, without using it up; null when it is none, used, too old, or its session has ended.</summary>
    public async Task<SessionIdentity?> FindAsync(string ticket, CancellationToken cancellationToken) =>
        SessionToken.Hash(ticket) is { } hash ? await SessionOfAsync(await store.FindAsync(hash), cancellationToken) : null;

    /// <summary>Uses it up and gives whose it was; null as in <see cref="FindAsync"/>.</summary>
    public async Task<SessionIdentity?> TakeAsync(string ticket, CancellationToken cancellationToken) =>
        SessionToken.Hash(ticket) is { } hash ? await SessionOfAsync(await store.TakeAsync(hash), cancellationToken) : null;

    private async Task<SessionIdentity?> SessionOfAsync(byte[]? tokenHash, CancellationToken cancellationToken) =>
        tokenHash is not null && await sessions.AuthenticateAsync(tokenHash, cancellationToken) is { } user ? new SessionIdentity(user, tokenHash) : null;
}
