using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using HubChat.Server.Errors;
using HubChat.Server.Limits;
using HubChat.Server.Redis;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>
/// How often a password may be tried, at all doors together: per address first, then per account. With Redis that is counted for all nodes
/// together; while it is away, each counts by itself.
/// </summary>
internal sealed class SignInLimiter(IOptions<RateLimitOptions> options, RedisConnection? redis = null) : IDisposable
{
    private const int Segments = 6;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // A hash: segment → attempts that were let through. Segments are numbered by the clock of Redis.
    private const string Attempt = """
        local segments, width, permits = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local segment = math.floor(redis.call('TIME')[1] / width)
        local all, sum = redis.call('HGETALL', KEYS[1]), 0
        for i = 1, #all, 2 do
          if tonumber(all[i]) <= segment - segments then
            redis.call('HDEL', KEYS[1], all[i])
          else
            sum = sum + tonumber(all[i + 1])
          end
        end
        if sum >= permits then
          return 0
        end
        redis.call('HINCRBY', KEYS[1], segment, 1)
        redis.call('EXPIRE', KEYS[1], segments * width)
        return 1
        """;

    private readonly PartitionedRateLimiter<string> _perAddress = Limiter(options.Value.SignInsPerAddress);
    private readonly PartitionedRateLimiter<string> _perAccount = Limiter(options.Value.SignInsPerAccount);

    /// <exception cref="ChatException">rate_limited.</exception>
    public Task RequireAddressAsync(string address) => RequireAsync("address", address, options.Value.SignInsPerAddress, _perAddress);

    /// <param name="account">The name as given, whether or not there is such an account: a limit must not tell which names exist.</param>
    /// <exception cref="ChatException">rate_limited.</exception>
    public Task RequireAccountAsync(string account) =>
        RequireAsync("account", account.ToUpperInvariant(), options.Value.SignInsPerAccount, _perAccount);

    public void Dispose()
    {
        _perAddress.Dispose();
        _perAccount.Dispose();
    }

    private async Task RequireAsync(string kind, string name, int permits, PartitionedRateLimiter<string> local)
    {
        if (options.Value.Enabled && !(await AttemptSharedAsync(kind, name, permits) ?? AttemptLocal(local, name)))
        {
            // The sliding window does not say when; after all of it there is room.
            throw ChatException.RateLimited(Window);
        }
    }

    /// <summary>Whether one more is allowed; null when Redis is away, or has something under the key that is not ours.</summary>
    private async Task<bool?> AttemptSharedAsync(string kind, string name, int permits) =>
        redis is not null
            && await redis.EvaluateAsync(
                Attempt, [RedisKeys.SignIns(kind, HashOf(name))], [Segments, (int)Window.TotalSeconds / Segments, permits]) is { } answer
            ? (int)answer == 1
            : null;

    private static bool AttemptLocal(PartitionedRateLimiter<string> limiter, string name)
    {
        using var lease = limiter.AttemptAcquire(name);
        return lease.IsAcquired;
    }

    /// <summary>Names of people have no business in a store of counters.</summary>
    private static string HashOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static PartitionedRateLimiter<string> Limiter(int permits) =>
        PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetSlidingWindowLimiter(
            key,
            _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = permits,
                Window = Window,
                SegmentsPerWindow = Segments,
            }));
}
