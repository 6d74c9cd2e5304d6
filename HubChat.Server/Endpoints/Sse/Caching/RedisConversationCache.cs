using HubChat.Server.Ids;
using HubChat.Server.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>
/// The cache of all nodes. While Redis is away everything is read from the store; a change that it could not be told of is told before
/// this node believes it again. What a node that died had not told nobody knows: a node that starts has everything forgotten.
/// </summary>
internal sealed class RedisConversationCache(RedisConnection redis, IOptions<CachingOptions> options) : IConversationCache
{
    // Of more changes than this it is not remembered which they were.
    private const int MaxUntold = 10_000;

    // So many keys are forgotten with one wait.
    private const int AtOnce = 500;

    // A counter must outlive whatever is kept under it.
    private static readonly TimeSpan VersionLifetime = 2 * IConversationCache.Lifetime;

    private const string StoreHistory = """
        if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] then
          redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
        end
        """;

    // What EXPIRE … NX does, which Redis before 7.0 does not know.
    private const string StoreList = """
        if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] and redis.call('HLEN', KEYS[1]) < tonumber(ARGV[5]) then
          redis.call('HSET', KEYS[1], ARGV[4], ARGV[2])
          if redis.call('TTL', KEYS[1]) < 0 then
            redis.call('EXPIRE', KEYS[1], ARGV[3])
          end
        end
        """;

    private readonly Lock _gate = new();

    // With the number of the change that came last: another one may come while it is being told.
    private readonly Dictionary<CacheKey, long> _untold = [];
    private long _changes;
    private bool _isAllUntold = true;
    private bool _isTelling;

    // Other nodes may have filled it since.
    public bool MayHold => true;

    public Task<CacheLookup> FindHistoryAsync(ChatId chat) => FindAsync(
        CacheKey.Of(chat), (database, key) => database.StringGetAsync(key.Value));

    public Task StoreHistoryAsync(ChatId chat, byte[] body, long version) =>
        StoreAsync(CacheKey.Of(chat), StoreHistory, version, body, Seconds(IConversationCache.Lifetime));

    public Task<CacheLookup> FindListAsync(UserId user, string page) => FindAsync(
        CacheKey.Of(user), (database, key) => database.HashGetAsync(key.Value, page));

    public Task StoreListAsync(UserId user, string page, byte[] body, long version) =>
        StoreAsync(CacheKey.Of(user), StoreList, version, body, Seconds(IConversationCache.Lifetime), page, options.Value.MaxPagesPerList);

    public async Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists)
    {
        List<CacheKey> keys = [.. lists.Select(CacheKey.Of)];
        if (history is { } chat)
        {
            keys.Add(CacheKey.Of(chat));
        }

        if (!await TryForgetAsync(keys))
        {
            Remember(keys);
        }
    }

    public Task InvalidateAllAsync()
    {
        lock (_gate)
        {
            _isAllUntold = true;
        }

        return TellAsync();
    }

    private static int Seconds(TimeSpan span) => (int)span.TotalSeconds;

    private async Task<CacheLookup> FindAsync(CacheKey key, Func<IDatabase, CacheKey, Task<RedisValue>> find)
    {
        if (!await TellAsync())
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

    /// <summary>Tells what could not be told; false while there is still something.</summary>
    private async Task<bool> TellAsync()
    {
        KeyValuePair<CacheKey, long>[] untold;
        lock (_gate)
        {
            // One is enough, and nobody waits for it.
            if (_isTelling)
            {
                return false;
            }

            if (!_isAllUntold && _untold.Count == 0)
            {
                return true;
            }

            _isTelling = true;
            untold = [.. _untold];
        }

        try
        {
            return await TellAllAsync() && await TellAsync(untold);
        }
        finally
        {
            lock (_gate)
            {
                _isTelling = false;
            }
        }
    }

    private async Task<bool> TellAllAsync()
    {
        lock (_gate)
        {
            if (!_isAllUntold)
            {
                return true;
            }

            // Set again by whatever comes meanwhile.
            _isAllUntold = false;
        }

        if (await TryAsync(ForgetAllAsync))
        {
            return true;
        }

        lock (_gate)
        {
            _isAllUntold = true;
        }

        return false;
    }

    private async Task<bool> TellAsync(KeyValuePair<CacheKey, long>[] untold)
    {
        foreach (var some in untold.Chunk(AtOnce))
        {
            if (!await TryForgetAsync([.. some.Select(change => change.Key)]))
            {
                return false;
            }

            lock (_gate)
            {
                foreach (var change in some)
                {
                    ((ICollection<KeyValuePair<CacheKey, long>>)_untold).Remove(change);
                }
            }
        }

        lock (_gate)
        {
            return !_isAllUntold && _untold.Count == 0;
        }
    }

    private void Remember(List<CacheKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                _untold[key] = ++_changes;
            }

            if (_untold.Count > MaxUntold)
            {
                _untold.Clear();
                _isAllUntold = true;
            }
        }
    }

    private Task<bool> TryForgetAsync(List<CacheKey> keys) =>
        TryAsync(database => Task.WhenAll(keys.SelectMany(key => Forget(database, key))));

    /// <summary>In this order on the one connection: whoever fills between the two finds the counter moved.</summary>
    private static Task[] Forget(IDatabase database, CacheKey key) =>
    [
        database.StringIncrementAsync(key.Version),
        database.KeyExpireAsync(key.Version, VersionLifetime),
        database.KeyDeleteAsync(key.Value),
    ];

    /// <summary>Forgets what there is, whoever has put it there.</summary>
    private static async Task ForgetAllAsync(IDatabase database)
    {
        foreach (var server in RedisMasters.Of(database.Multiplexer))
        {
            foreach (var pattern in RedisKeys.AllKept)
            {
                await foreach (var keys in server.KeysAsync(database.Database, pattern, pageSize: AtOnce).Chunk(AtOnce))
                {
                    await Task.WhenAll(keys.Select(key => database.KeyDeleteAsync(key)));
                }
            }
        }
    }

    /// <summary>Asks Redis; false when it is away, does not answer, or holds something that is not ours.</summary>
    private async Task<bool> TryAsync(Func<IDatabase, Task> ask)
    {
        try
        {
            return await redis.TryAsync(ask);
        }
        catch (Exception exception) when (exception is FormatException or InvalidCastException)
        {
            return false;
        }
    }

    /// <param name="Value">Where the answer is.</param>
    /// <param name="Version">Where its counter is.</param>
    private readonly record struct CacheKey(RedisKey Value, RedisKey Version)
    {
        public static CacheKey Of(ChatId chat) => new(RedisKeys.History(chat), RedisKeys.HistoryVersion(chat));

        public static CacheKey Of(UserId user) => new(RedisKeys.List(user), RedisKeys.ListVersion(user));
    }
}
