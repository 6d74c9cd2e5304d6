using HubChat.Server.Ids;
using HubChat.Server.Redis;
using StackExchange.Redis;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>
/// The cache of all nodes. While Redis is away everything is read from the store; a change that it could not be told of is told before
/// this node believes it again.
/// </summary>
internal sealed partial class RedisConversationCache(RedisConnection redis, TimeProvider time, ILogger<RedisConversationCache> logger) : IConversationCache
{
    private const int MaxPagesPerList = 64;
    private const int MaxUntold = 10_000;

    // A counter must outlive whatever is kept under it.
    private static readonly TimeSpan VersionLifetime = 2 * IConversationCache.Lifetime;

    // A Redis that does not answer must not cost every request the time it takes to find out.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private const string StoreHistory = """
        if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] then
          redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
        end
        """;

    private const string StoreList = """
        if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] and redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5]) then
          redis.call('HSET', KEYS[1], ARGV[4], ARGV[2])
          redis.call('EXPIRE', KEYS[1], ARGV[3], 'NX')
        end
        """;

    private readonly Lock _gate = new();
    private readonly HashSet<CacheKey> _untold = [];
    private DateTimeOffset _loggedAt;

    // Other nodes may have filled it since.
    public bool MayHold => true;

    public Task<CacheLookup> FindHistoryAsync(ChatId chat, CancellationToken cancellationToken) => FindAsync(
        CacheKey.Of(chat), (database, key) => database.StringGetAsync(key.Value));

    public Task StoreHistoryAsync(ChatId chat, byte[] body, long version) =>
        StoreAsync(CacheKey.Of(chat), StoreHistory, version, body, Seconds(IConversationCache.Lifetime));

    public Task<CacheLookup> FindListAsync(UserId user, string page, CancellationToken cancellationToken) => FindAsync(
        CacheKey.Of(user), (database, key) => database.HashGetAsync(key.Value, page));

    public Task StoreListAsync(UserId user, string page, byte[] body, long version) =>
        StoreAsync(CacheKey.Of(user), StoreList, version, body, Seconds(IConversationCache.Lifetime), page, MaxPagesPerList);

    public async Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists)
    {
        List<CacheKey> keys = [.. lists.Select(CacheKey.Of)];
        if (history is { } chat)
        {
            keys.Add(CacheKey.Of(chat));
        }

        await TellAsync(keys);
    }

    private static int Seconds(TimeSpan span) => (int)span.TotalSeconds;

    private async Task<CacheLookup> FindAsync(CacheKey key, Func<IDatabase, CacheKey, Task<RedisValue>> find)
    {
        if (!await TellUntoldAsync())
        {
            return default;
        }

        var found = default(CacheLookup);
        await TryAsync(async database =>
        {
            // Sent together: one way there and back. The counter goes first, so that it is never newer than the body.
            var version = database.StringGetAsync(key.Version);
            var body = find(database, key);
            await Task.WhenAll(version, body);
            found = new CacheLookup(await body, (long)await version);
        });
        return found;
    }

    private Task<bool> StoreAsync(CacheKey key, string script, long version, params RedisValue[] arguments) =>
        TryAsync(database => database.ScriptEvaluateAsync(script, [key.Value, key.Version], [version, .. arguments]));

    /// <summary>Tells what could not be told; false while it still cannot.</summary>
    private async Task<bool> TellUntoldAsync()
    {
        CacheKey[] untold;
        lock (_gate)
        {
            untold = [.. _untold];
        }

        return untold.Length == 0 || await TellAsync(untold);
    }

    private async Task<bool> TellAsync(IReadOnlyCollection<CacheKey> keys)
    {
        lock (_gate)
        {
            _untold.UnionWith(keys);
        }

        if (!await TryAsync(database => Task.WhenAll(keys.SelectMany(key => Forget(database, key)))))
        {
            Bound();
            return false;
        }

        lock (_gate)
        {
            _untold.ExceptWith(keys);
        }

        return true;
    }

    /// <summary>In this order on the one connection: whoever fills between the two finds the counter moved.</summary>
    private static Task[] Forget(IDatabase database, CacheKey key) =>
    [
        database.StringIncrementAsync(key.Version),
        database.KeyExpireAsync(key.Version, VersionLifetime),
        database.KeyDeleteAsync(key.Value),
    ];

    /// <summary>Rather than to remember without end, nothing is believed until all that is kept now has expired.</summary>
    private void Bound()
    {
        lock (_gate)
        {
            if (_untold.Count > MaxUntold)
            {
                _untold.Clear();
                PausedUntil = time.GetUtcNow() + IConversationCache.Lifetime;
            }
        }
    }

    /// <summary>Asks Redis; false when it is away or does not answer.</summary>
    private async Task<bool> TryAsync(Func<IDatabase, Task> ask)
    {
        if (time.GetUtcNow() < PausedUntil)
        {
            return false;
        }

        if (redis.Database is not { } database)
        {
            LogAwayOnce(exception: null);
            return false;
        }

        try
        {
            await ask(database);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException or FormatException or InvalidCastException)
        {
            PausedUntil = time.GetUtcNow() + Pause;
            LogAwayOnce(exception);
            return false;
        }
    }

    private DateTimeOffset PausedUntil
    {
        get
        {
            lock (_gate)
            {
                return field;
            }
        }

        set
        {
            lock (_gate)
            {
                field = value > field ? value : field;
            }
        }
    }

    private void LogAwayOnce(Exception? exception)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (now - _loggedAt < LogInterval)
            {
                return;
            }

            _loggedAt = now;
        }

        LogAway(exception);
    }

    [LoggerMessage(LogLevel.Warning, "Redis cannot be used now; histories and lists are read from the database")]
    private partial void LogAway(Exception? exception);

    /// <param name="Value">Where the answer is.</param>
    /// <param name="Version">Where its counter is.</param>
    private readonly record struct CacheKey(RedisKey Value, RedisKey Version)
    {
        public static CacheKey Of(ChatId chat) => new(RedisKeys.History(chat), RedisKeys.HistoryVersion(chat));

        public static CacheKey Of(UserId user) => new(RedisKeys.List(user), RedisKeys.ListVersion(user));
    }
}
