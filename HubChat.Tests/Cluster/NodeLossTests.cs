using System.Diagnostics;
using HubChat.Client.Sample.Contract;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using HubChat.Tests.History;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>F1, F2 and F4: one of two nodes is killed, ended or frozen, and the other goes on.</summary>
public sealed class NodeLossTests
{
    private const int SentPerLoad = 40;

    private static readonly TimeSpan ExitWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_node_loses_nothing_and_its_reply_is_begun_anew_at_the_other()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "25"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token, moving: true);
        var asked = await AskAsync(ada, bob, "ask");
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);

        var load = LoadAsync(ada, bob, round: 0);
        owner.Kill();
        await load;
        await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
        await owner.RestartAsync(Token);

        var final = await run.CheckAsync(cluster.Database, Token);
        var messages = final.Chats.Single().Messages;
        Assert.Equal("done", messages.Single(message => message.Gen == asked.GenerationId).State);
        Assert.Equal(2, EpochOf(run, asked));
        Assert.Equal(1 + SentPerLoad, messages.Count(message => message.Gen is null));
        TestContext.Current.TestOutputHelper?.WriteLine($"Longest silence {run.LongestSilence(final)}");
    }

    [Fact]
    public async Task Nodes_that_are_ended_one_after_the_other_ask_clients_to_move_and_hand_their_replies_over()
    {
        await using var cluster = await NodeCluster.StartAsync(
            2, Token, settings: [("Hosting__DrainFor", "00:00:02"), ("Assistant__DemoWordsPerSecond", "40")]);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token, moving: true);
        var eve = await cluster.SignUpAsync("eve", Token);
        var asked = await AskAsync(ada, bob, "ask-0");
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);

        await EndAsync(owner, round: 0);
        Assert.Equal(2, EpochOf(run, asked));
        var again = await AskAsync(bob, ada, "ask-1");
        await EndAsync(cluster.Nodes.Single(node => node != owner), round: 1);

        var final = await run.CheckAsync(cluster.Database, Token);
        var messages = final.Chats.Single(chat => chat.Id == ada.State.ChatId).Messages;
        Assert.All(messages, message => Assert.Equal("done", message.State));
        Assert.Equal(2 + (2 * SentPerLoad), messages.Count(message => message.Gen is null));

        async Task EndAsync(ServerProcess node, int round)
        {
            await using var watching = await TestConnection.OpenAsync(new Uri(node.Address, "/hubs/chat"), () => eve.Token, Token);
            var load = LoadAsync(ada, bob, round);
            var watch = Stopwatch.StartNew();
            node.Terminate();
            Assert.InRange(await watching.Reconnect.WaitAsync(Token), 0, 2_000);
            Assert.True(await node.ExitedAsync(Token) == 0, node.Output);
            Assert.True(watch.Elapsed < ExitWithin, $"The node took {watch.Elapsed} to stop.");
            await load;

            // Before it is back: the other has it all by itself.
            await bob.HoldsAsync(state => state.Messages.Values.All(message => !message.IsUnfinished), Token);
            await node.RestartAsync(Token);
        }
    }

    [Fact]
    public async Task Node_that_was_frozen_longer_than_its_lease_adds_nothing_to_the_reply_that_the_other_has_taken()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "25"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await AskAsync(ada, bob, "ask");
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);

        owner.Stop();
        await Eventually.HoldsAsync(() => EpochOf(run, asked) == 2, Token, TimeSpan.FromSeconds(30));
        owner.Continue();

        var final = await run.CheckAsync(cluster.Database, Token);
        Assert.Equal("done", final.Chats.Single().Messages.Single(message => message.Gen == asked.GenerationId).State);
        Assert.Equal(2, Assert.Single(await StoredState.GenerationsAsync(cluster.Database, Token)).Attempt);
        Assert.Equal(2, EpochOf(run, asked));
        await Eventually.HoldsAsync(() => owner.Output.Contains("this attempt ends without a trace", StringComparison.Ordinal), Token);

        // What was accepted before the other took the reply may be shown when its writer wakes, but only before the text of the other.
        var shown = run.History.Records.Where(record => record.Kind is RecordKind.Reset or RecordKind.Delta or RecordKind.Done && record.Gen == asked.GenerationId);
        foreach (var reader in shown.GroupBy(record => record.Client))
        {
            var others = reader.SkipWhile(record => record.Epoch is not 2);
            Assert.NotEmpty(others);
            Assert.DoesNotContain(others, record => record.Epoch is 1);
        }
    }

    [Fact]
    public async Task Reply_of_a_killed_node_that_is_too_old_to_begin_anew_keeps_all_that_was_shown_of_it()
    {
        await using var cluster = await NodeCluster.StartAsync(
            2,
            Token,
            settings: [("Generation__RestartWithin", "00:00:00"), ("Generation__CheckpointInterval", "00:00:01"), ("Assistant__DemoWordsPerSecond", "25")]);
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await AskAsync(ada, bob, "ask");
        var owner = await cluster.OwnerAsync(asked.GenerationId, Token);

        owner.Kill();
        var shown = new[] { ada, bob }.Select(client => client.State.MessageOf(asked.ReplyId)!.Text).MaxBy(text => text.Length)!;
        await owner.RestartAsync(Token);

        var final = await run.CheckAsync(cluster.Database, Token);
        var reply = final.Chats.Single().Messages.Single(message => message.Gen == asked.GenerationId);
        Assert.Equal("interrupted", reply.State);
        Assert.StartsWith(shown, reply.Text, StringComparison.Ordinal);
    }

    /// <summary>A question whose answer both see begin.</summary>
    private static async Task<PostResult> AskAsync(RecordingClient asker, RecordingClient other, string clientMessageId)
    {
        var asked = await asker.SendAsync("Tell us everything, @assistant", clientMessageId, Token);
        await asker.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        await other.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
        return asked;
    }

    private static Task LoadAsync(RecordingClient ada, RecordingClient bob, int round)
    {
        return Task.WhenAll(SendAsync(ada, "a"), SendAsync(bob, "b"));

        async Task SendAsync(RecordingClient client, string prefix)
        {
            for (var i = 0; i < SentPerLoad / 2; i++)
            {
                await client.SendAsync($"Message {i} of round {round}", $"{prefix}-{round}-{i}", Token);
            }
        }
    }

    private static int? EpochOf(RecordedRun run, PostResult asked) =>
        run.History.Records.Where(record => record.Gen == asked.GenerationId).Max(record => record.Epoch);
}
