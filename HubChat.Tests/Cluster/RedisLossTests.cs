using HubChat.Client.Sample.Contract;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>F7, F8, F9, F11, F12, F14 and F15: Redis is slow, or away for a while, or forgets, and nobody sees wrong text or loses anything.</summary>
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
    [Trait("Category", "Slow")]
    public async Task Slow_Redis_delays_and_changes_no_order()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, breakableLinks: true, settings: ("Assistant__DemoWordsPerSecond", "40"));
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        foreach (var link in cluster.RedisLinks)
        {
            link.ToServer = link.ToClient = new LinkFaults { Jitter = TimeSpan.FromMilliseconds(100) };
        }

        var (asked, _, _) = await AskAsync(cluster, ada, bob);
        for (var i = 0; i < 20; i++)
        {
            await ada.SendAsync($"Slowly {i}", $"a-{i}", Token);
            await bob.SendAsync($"Slowly {i}", $"b-{i}", Token);
        }

        await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
        await cluster.SayAsync("ready", Token);
        await AssertWholeAsync(cluster, run, asked, sent: 40);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Node_that_alone_has_lost_Redis_goes_on_with_its_reply_and_the_others_catch_up()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, breakableLinks: true, settings: ("Assistant__DemoWordsPerSecond", "20"));
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var (asked, near, far) = await AskAsync(cluster, ada, bob);
        var (cut, whole) = near == ada ? (0, 1) : (1, 0);

        cluster.RedisLinks[cut].Refuse();
        cluster.RedisLinks[cut].Reset();
        await NodeCluster.SaysAsync(cluster.Nodes[cut], "degraded: redis", Token);
        await NodeCluster.SaysAsync(cluster.Nodes[whole], "ready", Token);
        var before = TextOf(near, asked).Length;
        for (var i = 0; i < 5; i++)
        {
            await near.SendAsync($"From the lonely node, {i}", $"n-{i}", Token);
            await far.SendAsync($"To the lonely node, {i}", $"f-{i}", Token);
        }

        // Neither is cut off from the other for good: the database tells of messages.
        await far.HoldsAsync(state => state.Messages.Values.Any(message => message.Text == "From the lonely node, 4"), Token);
        await near.HoldsAsync(state => state.Messages.Values.Any(message => message.Text == "To the lonely node, 4"), Token);

        // Nothing follows this one there by whose number it would be missed.
        await far.SendAsync("The last to the lonely node", "f-last", Token);
        await near.HoldsAsync(state => state.Messages.Values.Any(message => message.Text == "The last to the lonely node"), Token);
        await near.HoldsAsync(_ => TextOf(near, asked).Length > before + 40, Token);
        Assert.True(near.State.MessageOf(asked.ReplyId)!.IsUnfinished);
        await cluster.RedisLinks[cut].AcceptAsync(Token);

        await cluster.SayAsync("ready", Token);
        await AssertWholeAsync(cluster, run, asked, sent: 11);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Redis_that_went_back_in_time_is_given_again_what_it_has_forgotten()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, redisKeepsData: true, settings: ("Assistant__DemoWordsPerSecond", "20"));
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var (asked, near, far) = await AskAsync(cluster, ada, bob);

        for (var i = 0; i < 2; i++)
        {
            // What Redis writes to its disk is a second behind.
            var shown = TextOf(far, asked).Length;
            await far.HoldsAsync(_ => TextOf(far, asked).Length > shown + 100, Token);
            await cluster.Redis.KillAsync(Token);
            Assert.True(cluster.Redis.GoBack(2_048) > 2_048);
            await cluster.Redis.RestartAsync(Token);
            await cluster.SayAsync("ready", Token);
            var written = TextOf(near, asked).Length;
            await far.HoldsAsync(_ => TextOf(far, asked).Length >= written, Token);
        }

        await AssertWholeAsync(cluster, run, asked, sent: 0);
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
