using System.Collections.Concurrent;
using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Limits;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Redis;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Redis;

/// <summary>What a node does with Redis where it is a cluster, beside what facts say of it elsewhere; and a master that is away.</summary>
public sealed class RedisClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);
    private readonly RedisCluster _cluster = new();
    private RedisConnection _one = null!;
    private RedisConnection _two = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        (_one, _two) = (await _cluster.OpenAsync(Token), await _cluster.OpenAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public void Keys_of_one_script_lie_in_one_slot()
    {
        var (chat, user) = (NewChat(), TypedId.New<UserId>(TimeProvider.System));
        Assert.Equal(SlotOf(RedisKeys.History(chat)), SlotOf(RedisKeys.HistoryVersion(chat)));
        Assert.Equal(SlotOf(RedisKeys.List(user)), SlotOf(RedisKeys.ListVersion(user)));
        Assert.Equal(SlotOf(RedisKeys.UsageSince), SlotOf(RedisKeys.UsageRestored));
        Assert.Equal(SlotOf(RedisKeys.UsageSince), SlotOf(RedisKeys.Usage($"user:{user}", "tokens", TimeSpan.FromDays(1))));

        int SlotOf(RedisKey key) => _one.Database!.Multiplexer.GetHashSlot(key);
    }

    [Fact]
    public async Task What_one_node_says_of_a_chat_another_hears_in_its_order()
    {
        var (one, two) = (new RedisBackplane(_one, NodeIdentity.New()), new RedisBackplane(_two, NodeIdentity.New()));
        foreach (var chat in Enumerable.Range(0, 6).Select(_ => NewChat()))
        {
            var heard = new ConcurrentQueue<long>();
            two.Received += message =>
            {
                if (message is EventsStored stored && stored.Chat == chat)
                {
                    heard.Enqueue(stored.Seq);
                }
            };
            await two.FollowAsync(chat);
            for (var seq = 1; seq <= 200; seq++)
            {
                one.Publish(new EventsStored(chat, seq));
            }

            await Eventually.HoldsAsync(() => heard.Count == 200, Token);
            Assert.Equal(Enumerable.Range(1, 200).Select(seq => (long)seq), heard);
        }
    }

    [Fact]
    public async Task Presence_and_sign_in_limits_are_shared()
    {
        var (here, there) = (NodeIdentity.New(), NodeIdentity.New());
        var (one, two) = (new RedisPresence(_one, here, new NoBackplane()), new RedisPresence(_two, there, new NoBackplane()));
        using var limits = new SignInLimiter(Options.Create(new RateLimitOptions { SignInsPerAccount = 3 }), _one);
        using var limitsThere = new SignInLimiter(Options.Create(new RateLimitOptions { SignInsPerAccount = 3 }), _two);
        foreach (var chat in Enumerable.Range(0, 6).Select(_ => NewChat()))
        {
            var (ada, bob) = (TypedId.New<UserId>(TimeProvider.System), TypedId.New<UserId>(TimeProvider.System));
            Assert.Empty((await one.SetAsync(chat, [ada]))!);
            Assert.Equal([ada], (await two.SetAsync(chat, [bob]))!);

            await limits.RequireAccountAsync($"{ada}");
            await limitsThere.RequireAccountAsync($"{ada}");
            await limits.RequireAccountAsync($"{ada}");
            Assert.Equal("rate_limited", (await Assert.ThrowsAsync<ChatException>(() => limitsThere.RequireAccountAsync($"{ada}"))).Code);
        }
    }

    [Fact]
    public async Task Cluster_without_one_of_its_masters_is_away_for_everything_and_is_used_again_when_it_is_back()
    {
        var (kept, lost) = (NewChat(), NewChat());
        var dead = await _cluster.MasterOfAsync(RedisKeys.History(lost));
        while (await _cluster.MasterOfAsync(RedisKeys.History(kept)) == dead)
        {
            kept = NewChat();
        }

        var cache = new RedisConversationCache(_one, Options.Create(new CachingOptions()));
        var counters = new RedisUsageCounters(_one, new MemoryUsageCounters(TimeProvider.System));
        var counter = new UsageCounter("user:x", UsageMeter.Tokens, TimeSpan.FromMinutes(1));
        await Eventually.HoldsAsync(async () => (await cache.FindHistoryAsync(kept)).Version is not null, Token);
        var returns = 0;
        _one.Returned += () => Interlocked.Increment(ref returns);

        await dead.KillAsync(Token);

        // Whichever key is asked for: not well for some and ill for others.
        await Eventually.HoldsAsync(() => !_one.IsAvailable && !_two.IsAvailable, Token, BackWithin);
        await using (var client = await ConnectionMultiplexer.ConnectAsync($"{_cluster.Connection},abortConnect=false"))
        {
            await Eventually.HoldsAsync(() => client.GetDatabase().StringSetAsync(RedisKeys.History(kept), "old"), Token, BackWithin);
        }

        Assert.Equal(default, await cache.FindHistoryAsync(kept));
        await cache.InvalidateAllAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Null((await counters.TakeAsync([new UsageCharge(counter, 20, 1, 1)], Token)).Refused);
        }

        Assert.NotNull((await counters.TakeAsync([new UsageCharge(counter, 20, 1, 1)], Token)).Refused);
        Assert.Equal(0, Volatile.Read(ref returns));

        await dead.RestartAsync(Token);

        await Eventually.HoldsAsync(() => _one.IsAvailable && _two.IsAvailable, Token, BackWithin);
        Assert.InRange(Volatile.Read(ref returns), 1, 2);
        await Eventually.HoldsAsync(async () => (await cache.FindHistoryAsync(kept)).Version is not null, Token);
        Assert.Null((await cache.FindHistoryAsync(kept)).Body);
        await cache.StoreHistoryAsync(lost, "new"u8.ToArray(), (await cache.FindHistoryAsync(lost)).Version!.Value);
        Assert.Equal("new"u8.ToArray(), (await cache.FindHistoryAsync(lost)).Body);
    }

    private static ChatId NewChat() => TypedId.New<ChatId>(TimeProvider.System);
}
