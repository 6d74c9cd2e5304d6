using System.Net;
using System.Text;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using HubChat.Tests.Faults;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Generations;

/// <summary>Calls outside chats whose model, or server, does not do what it should.</summary>
public sealed class CompletionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thinking_without_end_is_cut_at_the_greatest_length()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Generation:MaxOutputLength"] = "1000" });
        using var client = new AuthClient(app);
        app.Model.Hold = true;
        var calling = CallAsync(client, await client.NewKeyAsync(await app.SignUpAsync("ada", Token), "models"));
        var turn = await app.Model.NextTurnAsync(Token);
        for (var i = 0; i < 4; i++)
        {
            turn.Send(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent(new string('t', 300))]));
        }

        await turn.Cancelled.WaitAsync(Token);
        var choice = (await calling).Body.GetProperty("choices")[0];
        Assert.Equal("length", choice.GetProperty("finish_reason").GetString());
        Assert.InRange(choice.GetProperty("message").GetProperty("reasoning_content").GetString()!.Length, 1, 1_000);
    }

    [Fact]
    public async Task Model_that_claims_to_have_used_everything_shuts_nobody_out()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:Key:Running"] = "1" });
        using var client = new AuthClient(app);
        app.Model.Hold = true;
        var key = await client.NewKeyAsync(await app.SignUpAsync("ada", Token), "models");
        for (var i = 0; i < 2; i++)
        {
            var calling = CallAsync(client, key);
            var turn = await app.Model.NextTurnAsync(Token);
            turn.Say("hi");
            turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 1, OutputTokenCount = long.MaxValue })] });
            turn.Finish();

            var answer = await calling;
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal(1_024, answer.Body.GetProperty("usage").GetProperty("completion_tokens").GetInt64());
        }
    }

    [Fact]
    public async Task Server_that_stops_says_so_to_who_is_being_answered()
    {
        await using var server = await FaultServer.StartAsync(Token, ("Hosting__DrainFor", "00:00:00"), ("Assistant__DemoWordsPerSecond", "5"));
        var key = (await Endpoints.Hubs.ApiWorld.NewKeyAsync(await server.SignUpAsync("ada", Token), "models")).GetProperty("token").GetString()!;
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/v1/chat/completions"))
        {
            Content = Body("""{ "model": "demo", "stream": true, "messages": [ { "role": "user", "content": "Hello" } ] }"""),
            Headers = { Authorization = new("Bearer", key) },
        };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.NotNull(await lines.ReadLineAsync(Token));

        server.Terminate();

        var rest = new StringBuilder();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await lines.ReadLineAsync(Token) is { } line)
            {
                rest.AppendLine(line);
            }
        });
        Assert.Contains("\"code\":\"server_stopped\"", rest.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", rest.ToString(), StringComparison.Ordinal);
        Assert.True(await server.ExitedAsync(Token) == 0, server.Output);
    }

    private static Task<Answer> CallAsync(AuthClient client, string key) => client.SendAsync(
        HttpMethod.Post, "/v1/chat/completions", Body("""{ "model": "scripted", "messages": [ { "role": "user", "content": "Hello" } ] }"""), key);

    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");
}
