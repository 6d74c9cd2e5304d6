using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Limits;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Identity;

public sealed class SignInLimiterTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _connections = [];
    private readonly List<SignInLimiter> _limiters = [];
    private RedisServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        _limiters.ForEach(limiter => limiter.Dispose());
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_share_the_limits()
    {
        var (one, other) = (await NewNodeAsync(), await NewNodeAsync());

        var accounts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AllowsAsync((i % 2 == 0 ? one : other).RequireAccountAsync(i % 3 == 0 ? "Ada" : "ada"))));
        var addresses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AllowsAsync((i % 2 == 0 ? one : other).RequireAddressAsync("192.0.2.1"))));

        Assert.Equal((3, 5), (accounts.Count(isAllowed => isAllowed), addresses.Count(isAllowed => isAllowed)));
        Assert.True(await AllowsAsync(other.RequireAccountAsync("bob")));
        Assert.True(await AllowsAsync(other.RequireAddressAsync("192.0.2.2")));
    }

    [Fact]
    public async Task Redis_knows_no_name_and_nothing_for_longer_than_a_minute()
    {
        var node = await NewNodeAsync();
        await node.RequireAccountAsync("Ada@example.org");
        await node.RequireAddressAsync("192.0.2.1");
        await using var client = await _server.ConnectAsync();
        var database = client.GetDatabase();
        var keys = client.GetServers().Single().Keys(pattern: "hubchat:{*").Select(key => (string)key!).Order().ToList();

        Assert.Collection(
            keys,
            account => Assert.Matches("^hubchat:\\{account:[0-9a-f]{64}\\}:signins$", account),
            address => Assert.Matches("^hubchat:\\{address:[0-9a-f]{64}\\}:signins$", address));
        Assert.All(keys, key => Assert.InRange(database.KeyTimeToLive(key)!.Value.TotalSeconds, 1, 60));
    }

    [Fact]
    public async Task Attempts_are_forgotten_a_minute_later()
    {
        var node = await NewNodeAsync();
        await using var client = await _server.ConnectAsync();
        var database = client.GetDatabase();
        while (await AllowsAsync(node.RequireAccountAsync("ada")))
        {
        }

        // As if they had been made so many segments ago.
        var key = client.GetServers().Single().Keys(pattern: "hubchat:{account:*").Single();
        foreach (var (ago, isAllowed) in new[] { (4, false), (6, true) })
        {
            var segment = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 10;
            await database.KeyDeleteAsync(key);
            await database.HashSetAsync(key, segment - ago, 3);
            Assert.Equal(isAllowed, await AllowsAsync(node.RequireAccountAsync("ada")));
        }
    }

    [Fact]
    public async Task Without_Redis_and_beside_a_key_of_somebody_elses_this_process_counts()
    {
        var node = await NewNodeAsync();
        await node.RequireAccountAsync("ada");
        await using (var client = await _server.ConnectAsync())
        {
            var database = client.GetDatabase();
            var key = client.GetServers().Single().Keys(pattern: "hubchat:{account:*").Single();
            await database.KeyDeleteAsync(key);
            await database.StringSetAsync(key, "mine");
            Assert.Equal(3, await AllowedAsync(() => node.RequireAccountAsync("ada")));
        }

        await _server.KillAsync(Token);
        Assert.Equal(3, await AllowedAsync(() => node.RequireAccountAsync("bob")));
        Assert.Equal(5, await AllowedAsync(() => node.RequireAddressAsync("192.0.2.1")));
        await _server.RestartAsync(Token);
        await Eventually.HoldsAsync(() => AllowsAsync(node.RequireAccountAsync("bob")), Token);
    }

    private static async Task<int> AllowedAsync(Func<Task> attempt)
    {
        var allowed = 0;
        for (var i = 0; i < 10; i++)
        {
            allowed += await AllowsAsync(attempt()) ? 1 : 0;
        }

        return allowed;
    }

    private static async Task<bool> AllowsAsync(Task attempt)
    {
        try
        {
            await attempt;
            return true;
        }
        catch (ChatException refusal) when (refusal is { Code: "rate_limited", RetryAfter.TotalSeconds: 60 })
        {
            return false;
        }
    }

    /// <summary>A limiter as another process has it.</summary>
    private async Task<SignInLimiter> NewNodeAsync()
    {
        var connection = await _server.OpenAsync(Token);
        _connections.Add(connection);
        var limiter = new SignInLimiter(Options.Create(new RateLimitOptions { SignInsPerAccount = 3, SignInsPerAddress = 5 }), connection);
        _limiters.Add(limiter);
        return limiter;
    }
}
