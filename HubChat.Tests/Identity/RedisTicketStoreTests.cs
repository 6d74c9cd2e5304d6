using HubChat.Server.Identity;
using HubChat.Server.Redis;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Identity;

public sealed class RedisTicketStoreTests : TicketStoreFacts, IAsyncLifetime
{
    private readonly List<RedisConnection> _connections = [];
    private RedisServer _server = null!;
    private IConnectionMultiplexer _client = null!;
    private RedisTicketStore _store = null!;

    private protected override ITicketStore Store => _store;

    private IDatabase Database => _client.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync(Token);
        _client = await _server.ConnectAsync();
        _store = await NewNodeAsync();
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
    public async Task Any_node_takes_a_ticket_and_then_no_other_does()
    {
        var ticket = await _store.AddAsync(Session);
        var nodes = new[] { _store, await NewNodeAsync(), await NewNodeAsync() };

        Assert.Equal(Session, await nodes[1].FindAsync(HashOf(ticket)));
        var takers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => nodes[i % 3].TakeAsync(HashOf(ticket))));

        Assert.Single(takers, taken => taken is not null);
    }

    [Fact]
    public async Task Redis_knows_no_ticket_and_nothing_for_longer_than_a_minute()
    {
        var ticket = await _store.AddAsync(Session);

        var key = _client.GetServers().Single().Keys(pattern: "hubchat:{ticket:*").Single();

        Assert.Equal($"hubchat:{{ticket:{Convert.ToHexStringLower(HashOf(ticket))}}}", key);
        Assert.InRange((await Database.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, 1, 60);
        await Database.KeyExpireAsync(key, TimeSpan.FromMilliseconds(1));
        await Eventually.HoldsAsync(async () => await _store.FindAsync(HashOf(ticket)) is null, Token);
        Assert.Null(await _store.TakeAsync(HashOf(ticket)));
    }

    [Fact]
    public async Task Without_Redis_a_ticket_is_good_at_the_node_that_gave_it_once()
    {
        var shared = await _store.AddAsync(Session);
        var other = await NewNodeAsync();
        await _server.KillAsync(Token);
        var (now, later) = (await _store.AddAsync(Session), await _store.AddAsync(Session));

        Assert.Null(await other.TakeAsync(HashOf(now)));
        Assert.Equal(Session, await _store.FindAsync(HashOf(now)));
        Assert.Equal(Session, await _store.TakeAsync(HashOf(now)));
        Assert.Null(await _store.TakeAsync(HashOf(now)));
        Assert.Null(await _store.TakeAsync(HashOf(shared)));

        await _server.RestartAsync(Token);
        await Eventually.HoldsAsync(() => _connections.TrueForAll(connection => connection.IsAvailable), Token);
        Assert.Equal(Session, await _store.TakeAsync(HashOf(later)));
        Assert.Equal(Session, await other.TakeAsync(HashOf(await _store.AddAsync(Session))));
    }

    [Fact]
    public async Task Ticket_that_Redis_may_have_been_told_of_is_given_to_nobody()
    {
        _server.Freeze();
        var ticket = await _store.AddAsync(Session);
        _server.Thaw();
        await Eventually.HoldsAsync(() => _connections.TrueForAll(connection => connection.IsAvailable), Token);

        Assert.False(await Database.KeyExistsAsync($"hubchat:{{ticket:{Convert.ToHexStringLower(HashOf(ticket))}}}"));
        Assert.Equal(Session, await _store.TakeAsync(HashOf(ticket)));
    }

    [Fact]
    public async Task Key_of_somebody_elses_is_no_ticket()
    {
        await Database.HashSetAsync($"hubchat:{{ticket:{Convert.ToHexStringLower(HashOf("hct_x"))}}}", "a", "b");

        Assert.Null(await _store.FindAsync(HashOf("hct_x")));
        Assert.Null(await _store.TakeAsync(HashOf("hct_x")));
    }

    /// <summary>A store as another process has it.</summary>
    private async Task<RedisTicketStore> NewNodeAsync()
    {
        var connection = await _server.OpenAsync(Token);
        _connections.Add(connection);
        return new RedisTicketStore(connection, new MemoryTicketStore(Options.Create(new AccountOptions()), TimeProvider.System));
    }
}
