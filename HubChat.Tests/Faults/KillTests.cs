using HubChat.Client.Sample.Contract;
using HubChat.Server.Chats;
using HubChat.Tests.History;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F1 and F6: the only server is killed while it writes, and started again.</summary>
public sealed class KillTests
{
    private const int SendsPerRound = 8;

    private HashSet<Guid> _dead = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_server_loses_nothing_and_begins_its_young_replies_anew()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var server = await FaultServer.StartAsync(Token, ("Assistant__DemoWordsPerSecond", "60"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);

        for (var round = 0; round < 3; round++)
        {
            var asked = await ada.SendAsync($"Question {round} for the @assistant", $"ask-{round}", Token);
            var sends = SendAsync(bob, round);
            await KillAsync(server, ada, asked, moment: random.Next(1, 700));
            await RestartAsync(server);
            await sends;
            await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
        }

        var final = await run.CheckAsync(server.Database, Token);

        var replies = final.Chats.Single().Messages.Where(message => message.Gen is not null).ToList();
        Assert.All(replies, reply => Assert.Equal("done", reply.State));
        Assert.All(replies, reply => Assert.Equal(2, run.History.Records.Where(record => record.Gen == reply.Gen).Max(record => record.Epoch)));
        Assert.Equal(3 + (3 * SendsPerRound), final.Chats.Single().Messages.Count(message => message.Gen is null));
    }

    [Fact]
    public async Task Reply_too_old_to_begin_anew_is_interrupted_with_what_was_stored_of_it()
    {
        await using var server = await FaultServer.StartAsync(
            Token, ("Assistant__DemoWordsPerSecond", "60"), ("Generation__RestartWithin", "00:00:00"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);

        var asked = await bob.SendAsync("Are you there, @assistant?", "ask", Token);
        await Eventually.HoldsAsync(async () => (await StoredReplyAsync(server, asked)).Text.Length > 0, Token, TimeSpan.FromSeconds(60));
        await KillAsync(server, ada, asked, moment: 1);
        var seen = ada.State.MessageOf(asked.ReplyId)!.Text;
        await RestartAsync(server);
        await run.CheckAsync(server.Database, Token);

        var reply = await StoredReplyAsync(server, asked);
        Assert.Equal("interrupted", reply.State);
        Assert.NotEmpty(reply.Text);
        Assert.True(seen.StartsWith(reply.Text, StringComparison.Ordinal) || reply.Text.StartsWith(seen, StringComparison.Ordinal));
        Assert.Equal("server_stopped", ada.State.MessageOf(asked.ReplyId)!.Error?.Code);
    }

    private static async Task SendAsync(RecordingClient client, int round)
    {
        for (var i = 0; i < SendsPerRound; i++)
        {
            await client.SendAsync($"Message {i} of round {round}", $"send-{round}-{i}", Token);
        }
    }

    /// <summary>Kills the server once a client has so much of the reply.</summary>
    private async Task KillAsync(ServerProcess server, RecordingClient client, PostResult asked, int moment)
    {
        await client.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 0, Token);
        _dead = (await StoredState.GenerationsAsync(server.Database, Token)).Select(generation => generation.Owner).OfType<Guid>().ToHashSet();
        await client.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length >= moment, Token);
        server.Kill();
        await server.ExitedAsync(Token);
    }

    /// <summary>A server that says it is ready has already dealt with the replies of the one that died.</summary>
    private async Task RestartAsync(ServerProcess server)
    {
        await server.RestartAsync(Token);
        var generations = await StoredState.GenerationsAsync(server.Database, Token);
        Assert.DoesNotContain(generations, generation => generation.State is ReplyState.Running && _dead.Contains(generation.Owner!.Value));
    }

    private static async Task<FinalMessage> StoredReplyAsync(ServerProcess server, PostResult asked)
    {
        var final = await StoredState.ReadFinalAsync(server.Database, Token);
        return final.Chats.SelectMany(chat => chat.Messages).Single(message => message.Id == asked.ReplyId);
    }
}
