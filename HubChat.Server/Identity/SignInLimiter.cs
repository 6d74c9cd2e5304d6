using System.Threading.RateLimiting;
using HubChat.Server.Errors;
using HubChat.Server.Limits;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>How often a password may be tried, at all doors together: per address first, then per account.</summary>
internal sealed class SignInLimiter(IOptions<RateLimitOptions> options) : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> _perAddress = Limiter(options.Value.SignInsPerAddress);
    private readonly PartitionedRateLimiter<string> _perAccount = Limiter(options.Value.SignInsPerAccount);

    /// <exception cref="ChatException">rate_limited.</exception>
    public void RequireAddress(string address) => Require(_perAddress, address);

    /// <param name="account">The name as given, whether or not there is such an account: a limit must not tell which names exist.</param>
    /// <exception cref="ChatException">rate_limited.</exception>
    public void RequireAccount(string account) => Require(_perAccount, account.ToUpperInvariant());

    public void Dispose()
    {
        _perAddress.Dispose();
        _perAccount.Dispose();
    }

    private void Require(PartitionedRateLimiter<string> limiter, string key)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        using var lease = limiter.AttemptAcquire(key);
        if (!lease.IsAcquired)
        {
            // The sliding window does not say when; after all of it there is room.
            throw ChatException.RateLimited(lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window);
        }
    }

    private static PartitionedRateLimiter<string> Limiter(int permits) =>
        PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetSlidingWindowLimiter(
            key,
            _ => new SlidingWindowRateLimiterOptions
            {
                PermitLimit = permits,
                Window = Window,
                SegmentsPerWindow = 6,
            }));
}
