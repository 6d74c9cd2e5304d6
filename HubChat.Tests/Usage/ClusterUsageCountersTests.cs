using HubChat.Server.Redis;
using HubChat.Server.Usage;
using HubChat.Tests.Redis;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class ClusterUsageCountersTests(RedisCluster cluster) : UsageCountersFacts, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private RedisConnection _redis = null!;
    private RedisUsageCounters _counters = null!;

    private protected override IUsageCounters Counters => _counters;

    public async ValueTask InitializeAsync()
    {
        await cluster.FlushAsync();
        _redis = await cluster.OpenAsync(Token);
        _counters = new RedisUsageCounters(_redis, new MemoryUsageCounters(Time)) { Clock = Time };
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Past_is_counted_and_what_runs_is_renewed()
    {
        var taking = await _counters.TakeAsync([new UsageCharge(Counter("user:x"), 10, 3, 3), new UsageCharge(Running("chat:y"), 2, 1, 1)], Token);
        var before = (await _counters.FindLackingAsync())!.Value;
        var past = new Dictionary<UsageSlice, long> { [UsageSlice.At(Counter("user:x"), before)] = 4 };

        Assert.True(await _counters.RestoreAsync(before, past));
        await _counters.RenewAsync();
        await _counters.CorrectAsync(taking, UsageMeter.Tokens, 1, Token);

        Assert.Null(await _counters.FindLackingAsync());
        Assert.NotNull(taking.Holder);
        Assert.Equal((5, 1), (await _counters.ReadAsync(Counter("user:x"), Token), await _counters.ReadAsync(Running("chat:y"), Token)));
    }

    private protected override async Task PassAsync(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= RedisUsageCounters.RenewEvery)
        {
            Time.Advance(left < RedisUsageCounters.RenewEvery ? left : RedisUsageCounters.RenewEvery);
            await _counters.RenewAsync();
        }
    }
}
