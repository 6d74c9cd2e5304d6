using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Ids;
using HubChat.Server.Redis;
using HubChat.Tests.App;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class RedisConversationCacheTests : ConversationCacheFacts, IAsyncLifetime
{
    private readonly LogLines _log = new();
    private ILoggerFactory _loggers = null!;
    private RedisServer _server = null!;
    private RedisConnection _connection = null!;
    private RedisConversationCache _cache = null!;
    private IConnectionMultiplexer _client = null!;

    private protected override IConversationCache Cache => _cache;

    private IDatabase Database => _client.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync(Token);
        _client = await _server.ConnectAsync();
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        _connection = new RedisConnection(_server.Connection, _loggers.CreateLogger<RedisConnection>());
        await _connection.StartAsync(Token);
        _cache = NewCache();
        await Eventually.HoldsAsync(async () => (await _cache.FindHistoryAsync(Chat)).Version is not null, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        _loggers.Dispose();
    }

    [Fact]
    public async Task Keys_and_lifetimes_are_those_of_the_contract()
    {
        await FillHistoryAsync("one");
        await FillListAsync(Ada, FirstPage, "a1");
        await Database.KeyExpireAsync($"user:{Ada}:conversation_list", TimeSpan.FromSeconds(100));
        await FillListAsync(Ada, SecondPage, "a2");

        Assert.Equal("one", await Database.StringGetAsync($"conv:{Chat}:history"));
        Assert.InRange((await Database.KeyTimeToLiveAsync($"conv:{Chat}:history"))!.Value.TotalSeconds, 1, 600);
        Assert.Equal("a2", await Database.HashGetAsync($"user:{Ada}:conversation_list", SecondPage));
        Assert.InRange((await Database.KeyTimeToLiveAsync($"user:{Ada}:conversation_list"))!.Value.TotalSeconds, 1, 100);

        await _cache.InvalidateAsync(Chat, [Ada]);
        Assert.Equal("1", await Database.StringGetAsync($"{{conv:{Chat}:history}}:ver"));
        Assert.InRange((await Database.KeyTimeToLiveAsync($"{{user:{Ada}:conversation_list}}:ver"))!.Value.TotalSeconds, 601, 1_200);
        Assert.False(await Database.KeyExistsAsync([$"conv:{Chat}:history", $"user:{Ada}:conversation_list"]) > 0);
    }

    [Fact]
    public async Task Node_that_starts_believes_nothing_that_was_kept_before()
    {
        await FillHistoryAsync("old");
        await FillListAsync(Ada, FirstPage, "old");
        await Database.StringSetAsync("somebody:elses", "kept");

        // What the one before it had still to tell died with it.
        var next = NewCache();

        Assert.Equal((null, null), ((await next.FindHistoryAsync(Chat)).Body, (await next.FindListAsync(Ada, FirstPage)).Body));
        await FillHistoryAsync("new");
        Assert.Equal("new"u8.ToArray(), (await next.FindHistoryAsync(Chat)).Body);
        Assert.Equal("kept", await Database.StringGetAsync("somebody:elses"));
    }

    [Fact]
    public async Task More_changes_than_are_remembered_drop_everything()
    {
        await FillHistoryAsync("old");
        var other = TypedId.New<ChatId>(TimeProvider.System);
        await _server.KillAsync(Token);
        await Eventually.HoldsAsync(async () => (await _cache.FindHistoryAsync(Chat)).Version is null, Token);
        await _cache.InvalidateAsync(Chat, [.. Enumerable.Range(0, 10_001).Select(_ => TypedId.New<UserId>(TimeProvider.System))]);
        await _server.RestartAsync(Token);
        await Eventually.HoldsAsync(() => _client.IsConnected, Token);
        await Database.StringSetAsync($"conv:{other}:history", "old");
        await BackAsync();

        Assert.Null((await _cache.FindHistoryAsync(other)).Body);
    }

    [Fact]
    public async Task Many_changes_that_Redis_could_not_be_told_are_told_once()
    {
        var chats = Enumerable.Range(0, 2_000).Select(_ => TypedId.New<ChatId>(TimeProvider.System)).ToList();
        _server.Freeze();
        foreach (var chat in chats)
        {
            await _cache.InvalidateAsync(chat, []);
        }

        _server.Thaw();
        await Eventually.HoldsAsync(
            async () =>
            {
                // Many come at once when it is back.
                await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _cache.FindHistoryAsync(Chat)));
                return (await _cache.FindHistoryAsync(Chat)).Version is not null;
            },
            Token);

        foreach (var chat in chats.Skip(1))
        {
            Assert.Equal("1", await Database.StringGetAsync($"{{conv:{chat}:history}}:ver"));
        }
    }

    [Fact]
    public async Task What_is_no_answer_of_ours_is_a_miss()
    {
        await Database.HashSetAsync($"conv:{Chat}:history", "a", "b");
        Assert.Equal(default, await _cache.FindHistoryAsync(Chat));
        await Database.StringSetAsync($"{{user:{Ada}:conversation_list}}:ver", "many");
        Assert.Equal(default, await _cache.FindListAsync(Ada, FirstPage));
    }

    [Fact]
    public async Task Dead_Redis_fails_nobody_and_is_used_again_when_it_is_back()
    {
        await _server.KillAsync(Token);
        await Eventually.HoldsAsync(async () => (await _cache.FindHistoryAsync(Chat)).Version is null, Token);
        await _cache.StoreHistoryAsync(Chat, [], version: 0);
        await _cache.InvalidateAsync(Chat, [Ada]);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(default, await _cache.FindHistoryAsync(Chat));
        }

        await Eventually.HoldsAsync(() => _log.All.Count(line => line.Contains("Redis cannot be used", StringComparison.Ordinal)) == 1, Token);
        await _server.RestartAsync(Token);
        await BackAsync();
        await FillHistoryAsync("one");
        Assert.Equal("one", await HistoryAsync());
    }

    [Fact]
    public async Task Change_that_Redis_could_not_be_told_is_told_before_it_is_believed_again()
    {
        await FillHistoryAsync("old");
        await FillListAsync(Ada, FirstPage, "old");
        _server.Freeze();
        await _cache.InvalidateAsync(Chat, [Ada]);
        _server.Thaw();

        await BackAsync();
        Assert.Null(await HistoryAsync());
        Assert.Null(await ListAsync(Ada, FirstPage));
    }

    [Fact]
    public async Task Redis_that_does_not_answer_is_left_alone_for_a_while()
    {
        _server.Freeze();
        Assert.Equal(default, await _cache.FindHistoryAsync(Chat));
        Assert.False(_connection.IsAvailable);
        for (var i = 0; i < 200; i++)
        {
            // Answered at once: nothing is sent.
            Assert.True(_cache.FindHistoryAsync(Chat) is { IsCompletedSuccessfully: true, Result: { Body: null, Version: null } });
        }

        _server.Thaw();
        await BackAsync();
    }

    [Theory]
    [InlineData("no server, at=all")]
    [InlineData("password=only")]
    public void Text_that_is_no_connection_string_is_refused(string connection) => Assert.Contains(
        "ConnectionStrings:Redis",
        Assert.Throws<OptionsValidationException>(() => new RedisConnection(connection, _loggers.CreateLogger<RedisConnection>())).Failures.Single(),
        StringComparison.Ordinal);

    private RedisConversationCache NewCache() => new(_connection, Options.Create(new CachingOptions()));

    private Task BackAsync() => Eventually.HoldsAsync(async () => (await _cache.FindHistoryAsync(Chat)).Version is not null, Token);
}
