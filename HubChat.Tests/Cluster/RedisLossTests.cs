using HubChat.Client.Sample.Contract;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>F7, F8, F9 and F15: Redis is away for a while, or forgets, and nobody sees wrong text or loses anything.</summary>
public sealed class RedisLossTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reply_goes_on_where_it_is_written_while_Redis_is_dead_and_the_others_catch_up(bool keepsData)
    {
        await using var cluster = await NodeCluster.StartAsync(
            2, Token, redisKeepsData: keepsData, settings: ("Assistant__DemoWordsPerSecond", "25"));
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var (asked, near, far) = await AskAsync(cluster, ada, bob);

        await cluster.Redis.KillAsync(Token);
        var before = TextOf(near, asked).Length;
        await cluster.SayAsync("degraded: redis", Token);
        for (var i = 0; i < 5; i++)
        {
            await ada.SendAsync($"Without Redis, {i}", $"a-{i}", Token);
            await bob.SendAsync($"Without Redis, {i}", $"b-{i}", Token);
        }

        // About three seconds of it.
        await near.HoldsAsync(_ => TextOf(near, asked).Length > before + 400, Token);
        Assert.True(near.State.MessageOf(asked.ReplyId)!.IsUnfinished);
        await cluster.Redis.RestartAsync(Token);

        await cluster.SayAsync("ready", Token);
        var written = TextOf(near, asked).Length;
        await far.HoldsAsync(_ => TextOf(far, asked).Length >= written, Token);
        await AssertWholeAsync(cluster, run, asked, sent: 10);
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("CLIENT", "KILL", "TYPE", "pubsub")]
    public async Task Reply_is_seen_whole_everywhere_although_Redis_was(params string[] command)
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "40"));
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        await using var redis = await cluster.Redis.ConnectAsync();
        var (asked, near, far) = await AskAsync(cluster, ada, bob);

        for (var i = 0; i < 3; i++)
        {
            await redis.GetDatabase().ExecuteAsync(command[0], [.. command[1..]]);
            await ada.SendAsync($"After loss {i}", $"a-{i}", Token);
            await bob.SendAsync($"After loss {i}", $"b-{i}", Token);
            var written = TextOf(near, asked).Length;
            await far.HoldsAsync(_ => TextOf(far, asked).Length > written, Token);
        }

        await AssertWholeAsync(cluster, run, asked, sent: 6);
    }

    [Fact]
    public async Task Reply_is_stopped_from_the_other_node_while_Redis_is_dead()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "8"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var (asked, near, far) = await AskAsync(cluster, ada, bob);
        await cluster.Redis.KillAsync(Token);
        await cluster.SayAsync("degraded: redis", Token);

        await cluster.StopFromElsewhereAsync(ada.User, asked.GenerationId, Token);

        await near.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.State == "stopped", Token, TimeSpan.FromSeconds(10));
        await far.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.State == "stopped", Token, TimeSpan.FromSeconds(10));
        await cluster.Redis.RestartAsync(Token);
        await run.CheckAsync(cluster.Database, Token);
    }

    /// <summary>A question; who is at the node that answers it, and who is at the other.</summary>
    private static async Task<(PostResult Asked, RecordingClient Near, RecordingClient Far)> AskAsync(
        NodeCluster cluster, RecordingClient ada, RecordingClient bob)
    {
        var asked = await ada.SendAsync("Tell us everything, @assistant", "ask", Token);
        await ada.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        return await cluster.OwnerAsync(asked.GenerationId, Token) == cluster.Nodes[0] ? (asked, ada, bob) : (asked, bob, ada);
    }

    private static string TextOf(RecordingClient client, PostResult asked) => client.State.MessageOf(asked.ReplyId)?.Text ?? "";

    /// <summary>One attempt, one text, and everything that was sent.</summary>
    private static async Task AssertWholeAsync(NodeCluster cluster, RecordedRun run, PostResult asked, int sent)
    {
        var final = await run.CheckAsync(cluster.Database, Token);
        var messages = final.Chats.Single().Messages;
        Assert.Equal("done", messages.Single(message => message.Gen == asked.GenerationId).State);
        Assert.Equal(1, run.History.Records.Where(record => record.Gen == asked.GenerationId).Max(record => record.Epoch));
        Assert.Equal(1 + sent, messages.Count(message => message.Gen is null));
    }
}
