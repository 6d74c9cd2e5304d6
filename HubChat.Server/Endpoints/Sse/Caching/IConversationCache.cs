using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>
/// Answers of this door that were given before: histories by conversation, pages of lists by person. Whoever finds nothing reads the store
/// and may keep the answer, unless something has changed since it looked: the version says so, because a slow reader must not put back
/// what a writer has just taken away. Nothing here ever fails a request.
/// </summary>
internal interface IConversationCache
{
    /// <summary>How long an answer is kept.</summary>
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Whether anything may be kept, or be about to be, that a change would make wrong.</summary>
    bool MayHold { get; }

    Task<CacheLookup> FindHistoryAsync(ChatId chat);

    /// <param name="chat">The conversation.</param>
    /// <param name="body">The whole answer.</param>
    /// <param name="version">That of the look before the answer was read.</param>
    Task StoreHistoryAsync(ChatId chat, byte[] body, long version);

    /// <param name="user">Whose list.</param>
    /// <param name="page">Which page of it: <c>offset:limit:order:is_archived</c>.</param>
    Task<CacheLookup> FindListAsync(UserId user, string page);

    /// <param name="user">Whose list.</param>
    /// <param name="page">Which page of it.</param>
    /// <param name="body">The whole answer.</param>
    /// <param name="version">That of the look before the answer was read.</param>
    Task StoreListAsync(UserId user, string page, byte[] body, long version);

    /// <summary>Forgets what a change has made wrong. It must be durable by then.</summary>
    /// <param name="history">The conversation whose history has changed; null for none.</param>
    /// <param name="lists">The people whose lists have.</param>
    Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists);

    /// <summary>Forgets everything: something has changed, and what it has made wrong is not known.</summary>
    Task InvalidateAllAsync();
}

/// <param name="Body">The answer; null when it is not kept.</param>
/// <param name="Version">What to keep an answer with that is read from now on; null when none may be kept.</param>
internal readonly record struct CacheLookup(byte[]? Body, long? Version);
