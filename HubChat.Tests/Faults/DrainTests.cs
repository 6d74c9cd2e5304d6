using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
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

    [Fact]
    public async Task Terminated_server_takes_no_new_connections_and_those_it_has_go_on()
    {
        await using var server = await FaultServer.StartAsync(Token, ("Hosting__DrainFor", "00:00:20"));
        var ada = await server.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        using var http = ada.Http();
        using var nobody = new HttpClient { BaseAddress = server.Address };
        var polls = $"/hubs/chat?id={await NegotiateAsync(http)}";
        using (await http.GetAsync(polls, Token))
        using (await http.PostAsync(polls, new StringContent("{\"protocol\":\"json\",\"version\":1}\u001e"), Token))
        using (await http.GetAsync(polls, Token))
        {
            using var given = await http.PostAsync("/api/auth/tickets", null, Token);
            var ticket = (await given.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("ticket").GetString();
            server.Terminate();
            await hub.Reconnect.WaitAsync(Token);

            // Whoever asks, however: also who was not asked yet who it is.
            await AssertRefusedAsync(http, HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1");
            await AssertRefusedAsync(nobody, HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1");
            await AssertRefusedAsync(http, HttpMethod.Get, "/hubs/chat", upgrade: true);
            await AssertRefusedAsync(nobody, HttpMethod.Get, $"/hubs/chat?access_token={ticket}", upgrade: true);
            await AssertRefusedAsync(http, HttpMethod.Get, "/hubs/chat?id=x", accept: "text/event-stream");
            using var elsewhere = await http.GetAsync("/hubs/chat?id=negotiated-elsewhere", Token);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (elsewhere.StatusCode, elsewhere.Headers.RetryAfter?.Delta));

            Assert.False(string.IsNullOrEmpty(await hub.CreateChatAsync(Token)));
            using var sent = await http.PostAsync(polls, new StringContent("{\"type\":1,\"invocationId\":\"1\",\"target\":\"ListModels\",\"arguments\":[]}\u001e"), Token);
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
            var polled = new StringBuilder();
            while (!polled.ToString().Contains("\"invocationId\":\"1\"", StringComparison.Ordinal))
            {
                using var poll = await http.GetAsync(polls, Token);
                Assert.Equal(HttpStatusCode.OK, poll.StatusCode);
                polled.Append(await poll.Content.ReadAsStringAsync(Token));
            }

            Assert.Contains("Reconnect", polled.ToString(), StringComparison.Ordinal);
        }
    }

    private static async Task<string> NegotiateAsync(HttpClient http)
    {
        using var negotiated = await http.PostAsync("/hubs/chat/negotiate?negotiateVersion=1", null, Token);
        return (await negotiated.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("connectionToken").GetString()!;
    }

    private static async Task AssertRefusedAsync(HttpClient http, HttpMethod method, string path, bool upgrade = false, string accept = "*/*")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        if (upgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.ParseAdd("websocket");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Equal("draining", (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("code").GetString());
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
