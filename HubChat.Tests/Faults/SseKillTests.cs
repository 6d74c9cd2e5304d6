using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Sse;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F1 and F6 at /backend-api: whatever happens to the server, its readers end with exactly the stored text.</summary>
public sealed class SseKillTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reader_of_a_server_that_died_or_was_ended_finds_the_whole_reply(bool killed)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var server = await FaultServer.StartAsync(Token, ("Assistant__DemoWordsPerSecond", "60"), ("Hosting__DrainFor", "00:00:01"));
        var ada = await server.SignUpAsync("ada", Token);
        using var http = Http(ada);
        string? conversation = null;
        for (var round = 0; round < 2; round++)
        {
            var question = SseWorld.Question($"Question {round}", conversation, $"msg_{round}");
            List<SseFrame> seen;
            await using (var stream = await OpenAsync(http, SseWorld.Converse, question))
            {
                seen = await stream.UntilAsync('A', Token);
                for (var more = random.Next(12); more > 0; more--)
                {
                    seen.AddRange(await stream.UntilAsync('p', Token));
                }

                await EndAsync(server, killed);
                Assert.DoesNotContain(await RestAsync(stream), frame => frame.IsDone);
            }

            await server.RestartAsync(Token);
            conversation = SseWorld.ConversationOf(seen);

            // Its token still is one, but a reply that had begun was begun anew: that is another turn.
            using var resumed = await http.SendAsync(Request(SseWorld.ResumePath, SseWorld.ResumeBody(conversation, seen.Count), SseWorld.TokenOf(seen)), Token);
            if (seen.Exists(frame => frame.Kind == 'p'))
            {
                Assert.Equal(HttpStatusCode.Gone, resumed.StatusCode);
                Assert.Contains("\"stream_expired\"", await resumed.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
            }
            else if (resumed.IsSuccessStatusCode)
            {
                await using var rest = new SseStream(resumed, await resumed.Content.ReadAsStreamAsync(Token));
                seen.AddRange(await rest.RestAsync(Token));
            }

            await using var replay = await OpenAsync(http, SseWorld.Converse, SseWorld.Question($"Question {round}", conversation, $"msg_{round}"));
            Assert.True(replay.Response.Headers.Contains("X-Idempotent-Replay"));
            var whole = await replay.RestAsync(Token);
            var history = await http.GetFromJsonAsync<JsonElement>($"/backend-api/conversation/{conversation}", Token);
            var stored = history.GetProperty("messages").EnumerateArray().Single(message => message.GetProperty("id").GetString() == SseWorld.ReplyOf(seen));

            Assert.Equal("finished_successfully", SseWorld.StatusOf(whole));
            Assert.True(!seen.Exists(frame => frame.IsDone) || seen.Select(frame => frame.Raw).SequenceEqual(whole.Select(frame => frame.Raw)));
            Assert.Equal(stored.GetProperty("content").GetProperty("parts")[0].GetString(), SseWorld.TextOf(whole));
            Assert.Equal(2 * (round + 1), history.GetProperty("messages").GetArrayLength());
        }
    }

    [Fact]
    public async Task Turn_that_had_ended_is_told_again_from_what_is_stored()
    {
        await using var server = await FaultServer.StartAsync(Token, ("Assistant__DemoWordsPerSecond", "1000"));
        using var http = Http(await server.SignUpAsync("ada", Token));
        var conversation = SseWorld.ConversationOf(await AskAsync(null, "msg_001"));
        var second = await AskAsync(conversation, "msg_002");
        server.Kill();
        await server.RestartAsync(Token);

        var again = await AskAsync(conversation, "msg_002");

        Assert.Equal(SseWorld.TextOf(second), SseWorld.TextOf(again));

        // The token too: it is made of the turn and of keys that are stored.
        Assert.Equal(second.Where(frame => frame.Kind != 'p').Select(frame => frame.Raw), again.Where(frame => frame.Kind != 'p').Select(frame => frame.Raw));

        async Task<List<SseFrame>> AskAsync(string? conversation, string id)
        {
            await using var stream = await OpenAsync(http, SseWorld.Converse, SseWorld.Question("Hello", conversation, id));
            return await stream.RestAsync(Token);
        }
    }

    private static async Task EndAsync(ServerProcess server, bool killed)
    {
        if (killed)
        {
            server.Kill();
        }
        else
        {
            server.Terminate();
        }

        await server.ExitedAsync(Token);
    }

    private static HttpClient Http(TestUser user)
    {
        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = user.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        return http;
    }

    private static HttpRequestMessage Request(string path, object body, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Conduit-Token", token);
        return request;
    }

    private static async Task<SseStream> OpenAsync(HttpClient http, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        var response = (await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token)).EnsureSuccessStatusCode();
        return new SseStream(response, await response.Content.ReadAsStreamAsync(Token));
    }

    /// <summary>What still comes of a stream that breaks off.</summary>
    private static async Task<List<SseFrame>> RestAsync(SseStream stream)
    {
        var frames = new List<SseFrame>();
        try
        {
            while (await stream.NextAsync(Token) is { } frame)
            {
                frames.Add(frame);
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or InvalidDataException)
        {
            // It broke off.
        }

        return frames;
    }
}
