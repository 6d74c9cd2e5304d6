using System.Diagnostics;
using System.Net;
using HubChat.Server.Chats;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F2: the orderly end under load.</summary>
public sealed class DrainTests
{
    private const int SendsEach = 150;

    private static readonly TimeSpan ExitWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Terminated_server_asks_clients_to_move_refuses_questions_and_gives_its_reply_back()
    {
        await using var server = await FaultServer.StartAsync(
            Token, ("Hosting__DrainFor", "00:00:04"), ("Assistant__DemoWordsPerSecond", "30"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        var observer = await server.SignUpAsync("eve", Token);
        await using var observers = await observer.ConnectAsync(Token);
        var own = await observers.CreateChatAsync(Token);

        var asked = await ada.SendAsync("Tell us everything, @assistant", "ask", Token);
        await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 0, Token);
        var load = Task.WhenAll(SendAsync(ada, "a"), SendAsync(bob, "b"));
        var watch = Stopwatch.StartNew();
        server.Terminate();

        Assert.InRange(await observers.Reconnect.WaitAsync(Token), 0, 4_000);
        Assert.Equal("draining", await observers.RefusedAsync("PostMessage", Token, new { chatId = own, text = "And me?", clientMessageId = "c-1" }));
        Assert.Equal("draining", await ReadinessAsync(server));
        Assert.True(await server.ExitedAsync(Token) == 0, server.Output);
        Assert.True(watch.Elapsed < ExitWithin, $"The server took {watch.Elapsed} to stop.");
        var waiting = Assert.Single(await StoredState.GenerationsAsync(server.Database, Token));
        Assert.Equal((ReplyState.Queued, null), (waiting.State, waiting.Owner));

        await server.RestartAsync(Token);
        await load;
        var final = await run.CheckAsync(server.Database, Token);
        var chat = final.Chats.Single(chat => chat.Id == ada.State.ChatId);
        Assert.Equal("done", chat.Messages.Single(message => message.Id == asked.ReplyId).State);
        Assert.Equal(1 + (2 * SendsEach), chat.Messages.Count(message => message.Gen is null));
        Assert.Equal(2, run.History.Records.Where(record => record.Gen == asked.GenerationId).Max(record => record.Epoch));
    }

    private static async Task<string> ReadinessAsync(ServerProcess server)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(server.Address, "readyz"), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private static async Task SendAsync(RecordingClient client, string prefix)
    {
        for (var i = 0; i < SendsEach; i++)
        {
            await client.SendAsync($"Message {i}", $"{prefix}-{i}", Token);
        }
    }
}
