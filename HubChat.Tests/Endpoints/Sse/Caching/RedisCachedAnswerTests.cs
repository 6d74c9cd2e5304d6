using HubChat.Tests.Redis;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class RedisCachedAnswerTests(RedisCachedAnswerTests.RedisWorld world) : CachedAnswerFacts(world), IClassFixture<RedisCachedAnswerTests.RedisWorld>
{
    [Fact]
    public async Task Keys_are_there_to_be_seen_and_go_with_a_write()
    {
        await using var redis = await world.Redis.ConnectAsync();
        var database = redis.GetDatabase();
        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        var (history, list) = (await world.GetAsync(PathOf(chat)), await world.GetAsync(SseWorld.List + "?limit=3"));

        Assert.Equal(history.Body.GetRawText(), await database.StringGetAsync($"conv:{chat}:history"));
        Assert.Equal(list.Body.GetRawText(), await database.HashGetAsync($"user:{world.Ada.Id}:conversation_list", "0:3:updated:false"));
        Assert.InRange((await database.KeyTimeToLiveAsync($"conv:{chat}:history"))!.Value.TotalSeconds, 1, 600);

        await world.AskAsync("More", chat);
        Assert.False(await database.KeyExistsAsync($"conv:{chat}:history"));
        Assert.False(await database.KeyExistsAsync($"user:{world.Ada.Id}:conversation_list"));
    }

    [Fact]
    public async Task Every_key_has_a_lifetime()
    {
        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        await world.GetAsync(PathOf(chat));
        await world.GetAsync(SseWorld.List);
        await world.AskAsync("More", chat);
        await using var redis = await world.Redis.ConnectAsync();
        var database = redis.GetDatabase();
        var keys = redis.GetServers().Single().Keys().ToList();

        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.NotNull(database.KeyTimeToLive(key)));
    }

    [Fact]
    public async Task Without_Redis_everything_is_answered_from_the_database_and_with_it_again_from_the_cache()
    {
        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        await world.GetAsync(PathOf(chat));
        await world.Redis.KillAsync(Token);

        var more = await world.AskAsync("More", chat);
        foreach (var path in new[] { PathOf(chat), SseWorld.List })
        {
            var answer = await world.GetAsync(path);
            Assert.Equal((200, "MISS"), ((int)answer.Status, answer.Header("X-Cache")));
            Assert.Contains("You said: More", answer.Body.GetRawText(), StringComparison.Ordinal);
        }

        Assert.Equal("finished_successfully", SseWorld.StatusOf(more));
        await world.Redis.RestartAsync(Token);
        await Eventually.HoldsAsync(async () => (await world.GetAsync(SseWorld.List)).Header("X-Cache") == "HIT", Token, TimeSpan.FromSeconds(60));
        Assert.Contains("You said: More", (await world.GetAsync(SseWorld.List)).Body.GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>A server beside a Redis.</summary>
    public sealed class RedisWorld : SseWorld
    {
        public RedisWorld()
            : this(new RedisServer())
        {
        }

        private RedisWorld(RedisServer redis)
            : base(new Dictionary<string, string> { ["ConnectionStrings:Redis"] = redis.Connection }) => Redis = redis;

        internal RedisServer Redis { get; }

        public override async ValueTask InitializeAsync()
        {
            await Redis.RestartAsync(Token);
            await base.InitializeAsync();

            // The connection is made beside the start.
            await AskAsync("Hello");
            await Eventually.HoldsAsync(async () => (await GetAsync(List)).Header("X-Cache") == "HIT", Token, TimeSpan.FromSeconds(60));
        }

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await base.DisposeAsync();
            }
            finally
            {
                await Redis.DisposeAsync();
            }
        }
    }
}
