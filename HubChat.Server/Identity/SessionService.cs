using HubChat.Server.Ids;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>Ways in: makes, recognises and ends them. Every door asks here.</summary>
internal sealed class SessionService(ISessionStore store, IOptions<AccountOptions> options, TimeProvider time) : IDisposable
{
    // The table is told of use this often at most: a write per request would cost more than the request.
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(5);

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = options.Value.CacheEntries });
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionId, DateTimeOffset> _touched = [];
    private long _generation;

    /// <summary>Sessions have ended, here or at another node; whatever still uses one must stop.</summary>
    public event Action<IReadOnlyCollection<SessionId>, SessionEnd>? Ended;

    /// <summary>Sessions were ended by this node.</summary>
    public event Action<IReadOnlyCollection<SessionId>, SessionEnd>? EndedHere;

    /// <summary>A person is not as before; whatever keeps one must ask again.</summary>
    public event Action<UserId>? Changed;

    /// <summary>A person was changed by this node.</summary>
    public event Action<UserId>? ChangedHere;

    /// <summary>A new way in. The token is returned this once.</summary>
    /// <exception cref="Errors.ChatException">account_locked.</exception>
    public async Task<(Session Session, string Token)> CreateAsync(NewSession request, CancellationToken cancellationToken)
    {
        var token = SessionToken.New(request.Kind);
        var now = time.GetUtcNow();
        var session = new Session
        {
            Id = TypedId.New<SessionId>(time),
            UserId = request.UserId,
            Kind = request.Kind,
            TokenHash = SessionToken.Hash(token)!,
            Name = request.Name,
            Prefix = request.Kind is SessionKind.ApiKey ? SessionToken.Shown(token) : null,
            Scopes = request.Scopes,
            CreatedAt = now,
            ExpiresAt = request.Kind is SessionKind.ApiKey ? request.ExpiresAt : now + options.Value.Lifetime,
        };
        await store.AddAsync(session, cancellationToken);
        return (session, token);
    }

    /// <summary>Whose session this is; null when it is unknown, expired or revoked.</summary>
    /// <param name="tokenHash">The hash of its token. Doors hash what they are given: who knows only the hash gets in nowhere.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async Task<CurrentUser?> AuthenticateAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(tokenHash);
        var now = time.GetUtcNow();
        if (!_cache.TryGetValue(key, out Cached? cached) || cached!.Until <= now)
        {
            var generation = Interlocked.Read(ref _generation);
            if (await store.FindAsync(tokenHash, cancellationToken) is not { } found)
            {
                return null;
            }

            cached = new Cached(found, now + options.Value.CacheFor);
            lock (_gate)
            {
                // What ended while the table was read must not be believed for another half minute.
                if (generation == _generation)
                {
                    _cache.Set(key, cached, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) });
                }
            }

            if (found.SessionExpiresAt is null || found.SessionExpiresAt > now)
            {
                await TouchAsync(found, now, cancellationToken);
            }
        }

        return cached.User.SessionExpiresAt is { } expiresAt && expiresAt <= now ? null : cached.User;
    }

    /// <summary>Ends sessions of a person at once, everywhere.</summary>
    public async Task<bool> EndAsync(UserId userId, SessionFilter filter, SessionEnd reason, CancellationToken cancellationToken)
    {
        var ended = await store.RemoveAsync(userId, filter, cancellationToken);
        TellEnded(ended, reason);
        return ended.Count > 0;
    }

    /// <summary>Tells of sessions that are gone from the table.</summary>
    public void TellEnded(IReadOnlyCollection<SessionId> ended, SessionEnd reason)
    {
        HearEnded(ended, reason);
        if (ended.Count > 0)
        {
            EndedHere?.Invoke(ended, reason);
        }
    }

    /// <summary>Hears of sessions that another node has ended.</summary>
    public void HearEnded(IReadOnlyCollection<SessionId> ended, SessionEnd reason)
    {
        Forget();
        if (ended.Count > 0)
        {
            Ended?.Invoke(ended, reason);
        }
    }

    /// <summary>Forgets what is remembered of people, and has whoever keeps this one ask again: a name or role changed.</summary>
    public void Forget(UserId userId)
    {
        HearChanged(userId);
        ChangedHere?.Invoke(userId);
    }

    /// <summary>Hears that another node has changed a person.</summary>
    public void HearChanged(UserId userId)
    {
        Forget();
        Changed?.Invoke(userId);
    }

    /// <summary>Forgets what is remembered of people, after a session changed.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _generation++;
            _cache.Clear();
        }
    }

    public Task<IReadOnlyList<Session>> ListAsync(UserId userId, SessionKind kind, CancellationToken cancellationToken) =>
        store.ListAsync(userId, kind, cancellationToken);

    public async Task<bool> IsKnownDeviceAsync(string? token, UserId userId, CancellationToken cancellationToken) =>
        SessionToken.Hash(token) is { } hash && await store.IsKnownDeviceAsync(hash, userId, cancellationToken);

    public void Dispose() => _cache.Dispose();

    private async Task TouchAsync(CurrentUser user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_touched.TryGetValue(user.SessionId, out var last) && now - last < TouchInterval)
            {
                return;
            }

            if (_touched.Count >= options.Value.CacheEntries)
            {
                _touched.Clear();
            }

            _touched[user.SessionId] = now;
        }

        var isSignIn = user.Scopes.HasFlag(SessionScopes.Account);
        await store.TouchAsync(user.SessionId, now, isSignIn ? now + options.Value.Lifetime : user.SessionExpiresAt, cancellationToken);
    }

    private sealed record Cached(CurrentUser User, DateTimeOffset Until);
}

internal sealed record NewSession(UserId UserId, SessionKind Kind, string Name, SessionScopes Scopes, DateTimeOffset? ExpiresAt = null);
