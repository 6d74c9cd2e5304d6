using HubChat.Server.Redis;
using HubChat.Server.Usage;
using HubChat.Tests.Redis;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class RedisUsageCountersTests : UsageCountersFacts, IAsyncLifetime
{
    private readonly List<RedisConnection> _connections = [];
    private RedisServer _server = null!;
    private IConnectionMultiplexer _client = null!;
    private RedisUsageCounters _counters = null!;

    private protected override IUsageCounters Counters => _counters;

    private IDatabase Database => _client.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync(Token);
        _client = await _server.ConnectAsync();
        _counters = await NewNodeAsync(Time);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_share_a_limit_whatever_their_clocks_say()
    {
        var (one, other) = (await NewNodeAsync(clock: null), await NewNodeAsync(clock: null));

        var takings = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TakeAsync(i % 2 == 0 ? one : other, Counter("user:x"), limit: 7)));

        Assert.Equal(7, takings.Count(taking => taking.Refused is null));
        Assert.Equal((7, 7), (await one.ReadAsync(Counter("user:x"), Token), await other.ReadAsync(Counter("user:x"), Token)));
        Assert.InRange(takings.First(taking => taking.Refused is not null).RetryAfter!.Value.TotalSeconds, 1, 61);

        // The clock of Redis is that of this machine; what is taken at one node is given back at another.
        var first = takings.First(taking => taking.Refused is null);
        Assert.InRange((DateTimeOffset.UtcNow - first.At).Duration().TotalSeconds, 0, 30);
        await other.CorrectAsync(first, UsageMeter.Tokens, 0, Token);
        Assert.Equal(6, await one.ReadAsync(Counter("user:x"), Token));
    }

    [Fact]
    public async Task What_a_killed_node_was_running_is_free_after_its_lease_and_what_a_living_one_runs_is_not()
    {
        var killed = await NewNodeAsync(Time);
        await TakeAsync(killed, Running("user:x"), limit: 2);
        var lives = await TakeAsync(_counters, Running("user:x"), limit: 2);
        Assert.NotNull((await TakeAsync(_counters, Running("user:x"), limit: 2)).Refused);

        await PassAsync(RedisUsageCounters.Lease + TimeSpan.FromSeconds(1));

        Assert.Equal(1, await _counters.ReadAsync(Running("user:x"), Token));
        Assert.Null((await TakeAsync(_counters, Running("user:x"), limit: 2)).Refused);
        Assert.NotNull((await TakeAsync(_counters, Running("user:x"), limit: 2)).Refused);
        await _counters.CorrectAsync(lives, UsageMeter.Running, 0, Token);
        await _counters.RenewAsync();
        Assert.Equal(1, await _counters.ReadAsync(Running("user:x"), Token));
    }

    [Fact]
    public async Task Every_key_has_a_lifetime()
    {
        var day = new UsageCounter("chat:y", UsageMeter.Requests, TimeSpan.FromDays(1));
        await _counters.TakeAsync([Charge(Counter("user:x")), Charge(Running("user:x")), Charge(day)], Token);
        await _counters.RenewAsync();
        var before = (await _counters.FindLackingAsync())!.Value;
        Assert.True(await _counters.RestoreAsync(before, Past(("user:z", 5))));
        Assert.Null(await _counters.FindLackingAsync());

        var keys = _client.GetServers().Single().Keys(pattern: "hubchat:{usage}:*").Select(key => (string)key!).Order().ToList();

        Assert.Equal(
            [
                "hubchat:{usage}:chat:y:requests:86400", "hubchat:{usage}:restored", "hubchat:{usage}:since", "hubchat:{usage}:user:x:running:0",
                "hubchat:{usage}:user:x:tokens:60", "hubchat:{usage}:user:z:tokens:60",
            ],
            keys);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:user:x:running:0"), 1, 30);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:user:x:tokens:60"), 60, 62);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:user:z:tokens:60"), 60, 62);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:chat:y:requests:86400"), 86_400, 90_000);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:since"), 90_000, 93_600);
        Assert.InRange(await LifetimeAsync("hubchat:{usage}:restored"), 90_000, 93_600);
    }

    [Fact]
    public async Task Without_Redis_this_process_counts_and_with_it_all_of_them_again()
    {
        var shared = await TakeAsync(_counters, Running("user:x"), limit: 1);
        await _server.KillAsync(Token);

        var taking = await TakeAsync(_counters, Running("user:x"), limit: 1);
        Assert.Null(taking.Refused);
        Assert.NotNull((await TakeAsync(_counters, Running("user:x"), limit: 1)).Refused);
        Assert.Equal(1, await _counters.ReadAsync(Running("user:x"), Token));
        await _counters.CorrectAsync(shared, UsageMeter.Running, 0, Token);
        await _counters.RenewAsync();
        Assert.Null(await _counters.FindLackingAsync());

        await _server.RestartAsync(Token);
        await Eventually.HoldsAsync(async () => await _counters.FindLackingAsync() is not null, Token);
        Assert.Equal(0, await _counters.ReadAsync(Running("user:x"), Token));
        await TakeAsync(await NewNodeAsync(Time), Running("user:x"), limit: 1);
        Assert.NotNull((await TakeAsync(_counters, Running("user:x"), limit: 1)).Refused);

        // Given back where it was taken.
        await _counters.CorrectAsync(taking, UsageMeter.Running, 0, Token);
        Assert.Equal(1, await _counters.ReadAsync(Running("user:x"), Token));
    }

    [Fact]
    public async Task What_runs_is_counted_again_by_a_Redis_that_has_lost_it()
    {
        await TakeAsync(_counters, Running("user:x"), limit: 1);
        await Database.ExecuteAsync("FLUSHALL");
        Assert.Equal(0, await _counters.ReadAsync(Running("user:x"), Token));

        await _counters.RenewAsync();

        Assert.NotNull((await TakeAsync(_counters, Running("user:x"), limit: 1)).Refused);
    }

    [Fact]
    public async Task Correction_that_Redis_could_not_be_told_is_told_when_it_is_back()
    {
        var taking = await TakeAsync(_counters, Counter("user:x"), limit: 100, amount: 100);
        _server.Freeze();
        Assert.Equal(0, await _counters.ReadAsync(Counter("user:x"), Token));
        await _counters.CorrectAsync(taking, UsageMeter.Tokens, 40, Token);
        _server.Thaw();
        await Eventually.HoldsAsync(async () => await _counters.ReadAsync(Counter("user:x"), Token) == 100, Token);

        await _counters.RenewAsync();

        Assert.Equal(40, await _counters.ReadAsync(Counter("user:x"), Token));
    }

    [Fact]
    public async Task What_was_taken_before_Redis_lost_its_counters_is_not_given_back()
    {
        var lost = await TakeAsync(_counters, Counter("user:x"), limit: 100, amount: 60);
        await Database.ExecuteAsync("FLUSHALL");
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await TakeAsync(_counters, Counter("user:x"), limit: 100, amount: 30);

        await _counters.CorrectAsync(lost, UsageMeter.Tokens, 0, Token);

        Assert.Equal(30, await _counters.ReadAsync(Counter("user:x"), Token));
    }

    [Fact]
    public async Task The_past_is_counted_once_whoever_tells_it_how_often()
    {
        await TakeAsync(_counters, Counter("user:x"), limit: 100, amount: 3);
        var before = (await _counters.FindLackingAsync())!.Value;
        var other = await NewNodeAsync(Time);
        Assert.Equal(before, await other.FindLackingAsync());

        Assert.True(await other.RestoreAsync(before, Past(("user:x", 5), ("user:y", 7))));
        Assert.True(await _counters.RestoreAsync(before, Past(("user:x", 5), ("user:y", 7))));

        Assert.Null(await _counters.FindLackingAsync());
        Assert.Equal((8, 7), (await _counters.ReadAsync(Counter("user:x"), Token), await _counters.ReadAsync(Counter("user:y"), Token)));
        await PassAsync(TimeSpan.FromSeconds(62));
        Assert.Equal((0, 0), (await _counters.ReadAsync(Counter("user:x"), Token), await _counters.ReadAsync(Counter("user:y"), Token)));

        // A Redis that has lost them lacks the past again, and takes none that belonged to the one before.
        await Database.ExecuteAsync("FLUSHALL");
        Assert.False(await _counters.RestoreAsync(before, Past(("user:x", 5))));
        Assert.NotEqual(before, (await _counters.FindLackingAsync())!.Value);
        Assert.False(await _counters.RestoreAsync(before, Past(("user:x", 5))));
    }

    [Fact]
    public async Task Key_of_somebody_elses_is_counted_here_and_fails_nobody()
    {
        await Database.StringSetAsync("hubchat:{usage}:user:x:tokens:60", "mine");
        await Database.HashSetAsync("hubchat:{usage}:user:y:tokens:60", "1", "many");
        await Database.StringSetAsync("hubchat:{usage}:user:x:running:0", "mine");

        foreach (var counter in new[] { Counter("user:x"), Counter("user:y"), Running("user:x") })
        {
            var taking = await TakeAsync(_counters, counter, limit: 1);
            Assert.Null(taking.Refused);
            Assert.NotNull((await TakeAsync(_counters, counter, limit: 1)).Refused);
            await _counters.CorrectAsync(taking, counter.Meter, 0, Token);
            Assert.Equal(0, await _counters.ReadAsync(counter, Token));
        }

        await _counters.RenewAsync();
    }

    private protected override async Task PassAsync(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= RedisUsageCounters.RenewEvery)
        {
            Time.Advance(left < RedisUsageCounters.RenewEvery ? left : RedisUsageCounters.RenewEvery);
            await _counters.RenewAsync();
        }
    }

    private static UsageCharge Charge(UsageCounter counter, long limit = 10, long amount = 1) => new(counter, limit, amount, amount);

    private static async Task<UsageTaking> TakeAsync(RedisUsageCounters node, UsageCounter counter, long limit, long amount = 1) =>
        await node.TakeAsync([Charge(counter, limit, amount)], Token);

    private Dictionary<UsageSlice, long> Past(params (string Subject, long Amount)[] past) =>
        past.ToDictionary(used => UsageSlice.At(Counter(used.Subject), Time.GetUtcNow()), used => used.Amount);

    private async Task<double> LifetimeAsync(string key) => (await Database.KeyTimeToLiveAsync(key))!.Value.TotalSeconds;

    /// <summary>Counters as another process has them.</summary>
    private async Task<RedisUsageCounters> NewNodeAsync(TimeProvider? clock)
    {
        var connection = await _server.OpenAsync(Token);
        _connections.Add(connection);
        return new RedisUsageCounters(connection, new MemoryUsageCounters(TimeProvider.System)) { Clock = clock };
    }
}
