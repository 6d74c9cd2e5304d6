using System.Diagnostics;
using HubChat.Client.Sample.Contract;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using HubChat.Tests.History;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>Rows of the fault matrix that take long or weigh on the machine; <c>./test.sh --all</c> runs them.</summary>
[Trait("Category", "Slow")]
public sealed class SlowFaultTests
{
    private const int SentEach = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>F3.</summary>
    [Fact]
    public async Task Node_that_is_killed_while_it_ends_in_order_loses_nothing()
    {
        await using var cluster = await StartAsync(("Hosting__DrainFor", "00:00:10"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token, moving: true);
        var asked = await AskAsync(ada, bob);
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);
        var eve = await cluster.SignUpAsync("eve", Token);
        await using var watching = await TestConnection.OpenAsync(new Uri(owner.Address, "/hubs/chat"), () => eve.Token, Token);

        var load = LoadAsync(ada, bob);
        owner.Terminate();
        await watching.Reconnect.WaitAsync(Token);
        owner.Kill();
        await load;

        await ada.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
        await owner.RestartAsync(Token);
        await AssertWholeAsync(cluster, run, asked, ada.State.ChatId);
    }

    /// <summary>F5.</summary>
    [Fact]
    public async Task Node_that_was_frozen_for_less_than_its_lease_keeps_its_reply()
    {
        // Long enough that a busy machine does not make the pause longer than it.
        await using var cluster = await StartAsync(("Nodes__Lease", "00:00:20"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await AskAsync(ada, bob);
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);
        var other = owner == cluster.Nodes[0] ? bob : ada;

        // Some seconds: until what is done at the other node has been seen there.
        owner.Stop();
        for (var i = 0; i < SentEach; i++)
        {
            await other.SendAsync($"Meanwhile {i}", $"m-{i}", Token);
        }

        owner.Continue();
        await AssertWholeAsync(cluster, run, asked, ada.State.ChatId, sent: SentEach);
        Assert.Equal(1, Assert.Single(await StoredState.GenerationsAsync(cluster.Database, Token)).Attempt);
    }

    /// <summary>F6.</summary>
    [Fact]
    public async Task All_nodes_are_killed_and_come_back_with_everything()
    {
        await using var cluster = await StartAsync();
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token, moving: true);
        var asked = await AskAsync(ada, bob);

        var load = LoadAsync(ada, bob);
        foreach (var node in cluster.Nodes)
        {
            node.Kill();
        }

        await Task.WhenAll(cluster.Nodes.Select(node => node.RestartAsync(Token)));
        await load;
        var final = await AssertWholeAsync(cluster, run, asked, ada.State.ChatId);
        TestContext.Current.TestOutputHelper?.WriteLine($"Longest silence {run.LongestSilence(final)}");
    }

    /// <summary>F10.</summary>
    [Fact]
    public async Task Redis_that_answers_nothing_for_ten_seconds_keeps_nobody_from_talking()
    {
        await using var cluster = await StartAsync();
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await AskAsync(ada, bob);

        var watch = Stopwatch.StartNew();
        cluster.Redis.Freeze();
        var slowest = TimeSpan.Zero;
        var sent = 0;
        for (; watch.Elapsed < TimeSpan.FromSeconds(10); sent++)
        {
            var began = watch.Elapsed;
            await (sent % 2 == 0 ? ada : bob).SendAsync($"Message {sent}", $"s-{sent}", Token);
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (watch.Elapsed - began).Ticks));
        }

        await cluster.SayAsync("degraded: redis", Token);
        cluster.Redis.Thaw();
        await cluster.SayAsync("ready", Token);

        await AssertWholeAsync(cluster, run, asked, ada.State.ChatId, sent);
        Assert.True(slowest < TimeSpan.FromSeconds(5), $"A send took {slowest}.");
    }

    /// <summary>F13.</summary>
    [Fact]
    public async Task Redis_without_room_is_done_without_until_it_has_some()
    {
        await using var cluster = await StartAsync();
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        await using var redis = await cluster.Redis.ConnectAsync();
        var asked = await AskAsync(ada, bob);

        await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1mb");
        await cluster.SayAsync("degraded: redis", Token);
        await LoadAsync(ada, bob);
        await redis.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");

        await cluster.SayAsync("ready", Token);
        await AssertWholeAsync(cluster, run, asked, ada.State.ChatId);
    }

    /// <summary>F16.</summary>
    [Fact]
    public async Task Database_that_is_killed_and_comes_back_has_every_message_once()
    {
        await using var cluster = await NodeCluster.StartAsync(
            2, Token, ownPostgres: true, settings: ("Assistant__DemoWordsPerSecond", "20"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await AskAsync(ada, bob);

        var load = LoadAsync(ada, bob);
        await cluster.OwnPostgres!.KillAsync(Token);
        await cluster.OwnPostgres.RestartAsync(Token);
        await load;

        await cluster.SayAsync("ready", Token);
        await AssertWholeAsync(cluster, run, asked, ada.State.ChatId);
    }

    /// <summary>F18.</summary>
    [Fact]
    public async Task Database_that_has_two_connections_for_a_hundred_people_refuses_some_and_loses_nothing()
    {
        await using var cluster = await StartAsync(("Storage__MaxConnections", "2"), ("Storage__WriteQueue", "20"));
        await using var run = new RecordedRun();
        var crowd = await ChaosCrowd.GatherAsync(cluster, run, new ChaosPlan { Clients = 100, Chats = 10 }, Token);

        await Task.WhenAll(crowd.Clients.Select((client, i) => SendAsync(client, $"c{i}")));

        var final = await run.CheckAsync(cluster.Database, Token);
        Assert.Equal(crowd.Clients.Count * SentEach, final.Chats.Sum(chat => chat.Messages.Count));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{run.History.Records.Count(record => record is { Kind: RecordKind.Send, Outcome: Outcome.Fail })} sends were refused at first");
        var watch = Stopwatch.StartNew();
        await crowd.Clients[0].SendAsync("It has recovered", "after", Token);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"A send took {watch.Elapsed} afterwards.");
    }

    [Fact]
    public async Task People_of_a_node_that_was_killed_vanish()
    {
        await using var cluster = await StartAsync();
        await cluster.SayAsync("ready", Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        await ada.HoldsAsync(state => state.Present.Length == 2, Token);
        await bob.HoldsAsync(state => state.Present.Length == 2, Token);

        cluster.Nodes[1].Kill();

        // The lease of presence is half a minute, and it is looked at every ten seconds.
        await ada.HoldsAsync(state => state.Present.Length == 1, Token, TimeSpan.FromSeconds(90));
        await cluster.Nodes[1].RestartAsync(Token);
        await ada.HoldsAsync(state => state.Present.Length == 2, Token);
        await run.CheckAsync(cluster.Database, Token);
    }

    private static Task<NodeCluster> StartAsync(params (string Name, string Value)[] settings) =>
        NodeCluster.StartAsync(2, Token, settings: [("Assistant__DemoWordsPerSecond", "20"), .. settings]);

    /// <summary>A question whose answer both see begin.</summary>
    private static async Task<PostResult> AskAsync(RecordingClient asker, RecordingClient other)
    {
        var asked = await asker.SendAsync("Tell us everything, @assistant", "ask", Token);
        await asker.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        await other.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        return asked;
    }

    private static Task LoadAsync(RecordingClient ada, RecordingClient bob) => Task.WhenAll(SendAsync(ada, "a"), SendAsync(bob, "b"));

    private static async Task SendAsync(RecordingClient client, string prefix)
    {
        for (var i = 0; i < SentEach; i++)
        {
            await client.SendAsync($"Message {i}", $"{prefix}-{i}", Token);
        }
    }

    private static async Task<FinalState> AssertWholeAsync(NodeCluster cluster, RecordedRun run, PostResult asked, string chatId, int sent = 2 * SentEach)
    {
        var final = await run.CheckAsync(cluster.Database, Token);
        var messages = final.Chats.Single(chat => chat.Id == chatId).Messages;
        Assert.Equal("done", messages.Single(message => message.Gen == asked.GenerationId).State);
        Assert.Equal(1 + sent, messages.Count(message => message.Gen is null));
        return final;
    }
}
