namespace HubChat.Server.Identity;

/// <summary>
/// Keeps tickets until they are used, or for <see cref="TicketService.Lifetime"/>. What is kept is of no use to who reads it: hashes of
/// tickets, and of the tokens of their sessions.
/// </summary>
internal interface ITicketStore
{
    /// <summary>A new ticket.</summary>
    /// <param name="session">The hash of the token of the session it stands for.</param>
    /// <exception cref="Errors.ChatException">busy: too many wait to be used.</exception>
    Task<string> AddAsync(byte[] session);

    /// <summary>The session of a ticket; null when it is unknown, used or too old.</summary>
    Task<byte[]?> FindAsync(byte[] ticket);

    /// <summary>Uses a ticket up: of many who try at once, exactly one is given its session.</summary>
    Task<byte[]?> TakeAsync(byte[] ticket);
}
