using System.Diagnostics;
using HubChat.Tests.App;
using HubChat.Tests.Models;
using HubChat.Tests.Models.Fakes;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>
/// F25–F32 at the hub, F29 in "html", "error body", "garbage" and "cut": however a model's server breaks, its reply ends with one clear
/// reason, what was said stays, and the next reply has its turn.
/// </summary>
public sealed class BrokenUpstreamTests
{
    private static readonly Dictionary<string, Action<FakeAnswer>> Faults = new()
    {
        ["400"] = answer => answer.Fail(400, "bad"),
        ["401"] = answer => answer.Fail(401, "Incorrect API key provided: sk-marker-key-zqxj"),
        ["404"] = answer => answer.Fail(404, "no such model"),
        ["429"] = answer => answer.Header("Retry-After", "90").Fail(429, "slow down"),
        ["html"] = answer => answer.ContentType("text/html").Send("<html>Not a model</html>"),
        ["error body"] = answer => answer.ContentType("application/json").Send("""{"error":"boom"}"""),
        ["redirect"] = answer => answer.Redirect("http://169.254.169.254/latest/meta-data"),
        ["error line"] = answer => answer.Say("So ", "far").SayError("out of memory"),
        ["cut"] = answer => answer.Say("So ", "far"),
        ["reset"] = answer => answer.Say("So ", "far").BreakOff(),
        ["half"] = answer => answer.Say("So ", "far").SayHalf(" and"),
        ["garbage"] = answer => answer.Say("So ", "far").SendFrame("not json"),
        ["stall"] = answer => answer.Say("So ", "far").Stall(),
        ["blackhole"] = answer => answer.Stall(),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, string, string> Ends
    {
        get
        {
            (string Fault, string State, string Code, string Text)[] rows =
            [
                ("400", "failed", "model_error", ""),
                ("401", "failed", "model_unavailable", ""),
                ("404", "failed", "model_unavailable", ""),
                ("429", "failed", "model_busy", ""),
                ("html", "failed", "model_error", ""),
                ("error body", "failed", "model_error", ""),
                ("redirect", "failed", "model_error", ""),
                ("error line", "interrupted", "model_error", "So far"),
                ("cut", "interrupted", "model_error", "So far"),
                ("reset", "interrupted", "model_error", "So far"),
                ("half", "interrupted", "model_error", "So far"),
                ("garbage", "interrupted", "model_error", "So far"),
                ("stall", "interrupted", "stalled", "So far"),
                ("blackhole", "failed", "first_token_timeout", ""),
            ];
            var ends = new TheoryData<string, string, string, string, string>();
            foreach (var row in rows)
            {
                ends.Add("ollama", row.Fault, row.State, row.Code, row.Text);
                ends.Add("openai", row.Fault, row.State, row.Code, row.Text);
            }

            return ends;
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Reply_ends_with_one_reason_and_what_was_said(string model, string fault, string state, string code, string text)
    {
        var own = $"Assistant:Models:{(model == "ollama" ? 0 : 1)}:Timeouts";
        await using var world = await ModelWorld.StartAsync(($"{own}:FirstToken", "00:00:03"), ($"{own}:Token", "00:00:02"));
        world.Script(model, Faults[fault]);

        var end = await world.AskAsync(model);

        Assert.Equal((state, text), (end.GetProperty("state").GetString(), end.GetProperty("text").GetString()));
        Assert.Equal(code, end.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(fault == "429", end.GetProperty("error").TryGetProperty("retryAt", out _));
        Assert.Equal("You said: Hello", (await world.AskAsync(model)).GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Server_that_is_busy_for_a_moment_is_asked_again(string model)
    {
        await using var world = await ModelWorld.StartAsync();
        world.Script(model, answer => answer.Fail(503, "busy"));
        world.Script(model, answer => answer.Fail(500, "oops"));

        Assert.Equal("done", (await world.AskAsync(model)).GetProperty("state").GetString());
        Assert.Equal(3, world.UpstreamOf(model).Requests.Count);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Endless_answer_is_cut_and_its_call_closed(string model)
    {
        await using var world = await ModelWorld.StartAsync(("Generation:MaxOutputLength", "5000"));
        world.Script(model, answer => answer.SayEndlessly("more and more "));

        var end = await world.AskAsync(model);

        Assert.Equal(("done", "length", 5_000), (end.GetProperty("state").GetString(), end.GetProperty("finishReason").GetString(), end.GetProperty("text").GetString()!.Length));
        await world.UpstreamOf(model).Requests[0].WhenAborted.WaitAsync(Token);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Huge_piece_is_cut_too(string model)
    {
        await using var world = await ModelWorld.StartAsync();
        world.Script(model, answer => answer.Say(new string('x', 10_000_000)).Stall());

        Assert.Equal(256 * 1_024, (await world.AskAsync(model)).GetProperty("text").GetString()!.Length);
    }

    /// <summary>The three ways a call can be when it is stopped: nothing came yet, between two pieces, or silent in the middle.</summary>
    [Theory]
    [InlineData("ollama", 0)]
    [InlineData("ollama", 3)]
    [InlineData("openai", 0)]
    [InlineData("openai", 3)]
    public async Task Stop_reaches_the_server_within_a_second_and_it_produces_nothing_more(string model, int pieces)
    {
        await using var world = await ModelWorld.StartAsync();
        world.Script(model, answer => answer.SayLive().Done());
        var chat = await world.NewChatAsync(model);
        await world.Hub.WatchAsync(chat, Token);
        var posted = await world.Hub.PostAsync(chat, "Hello", "c-1", Token);
        var request = await world.UpstreamOf(model).NextRequestAsync(Token);
        for (var i = 0; i < pieces; i++)
        {
            request.Say($"piece {i} ");
            await world.Hub.NextAsync(Token, "delta");
        }

        var stoppedAt = Stopwatch.GetTimestamp();
        await world.Hub.CallAsync("StopGeneration", Token, posted.GetProperty("generationId").GetString());
        await request.WhenAborted.WaitAsync(Token);

        Assert.InRange(Stopwatch.GetElapsedTime(stoppedAt, request.AbortedAt), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(pieces, request.PiecesSent);
        var end = (await world.Hub.NextEventAsync("generation.completed", Token)).GetProperty("message");
        Assert.Equal("stopped", end.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Stop_of_a_talkative_server_ends_with_what_was_on_the_wire()
    {
        await using var world = await ModelWorld.StartAsync();
        world.Script("ollama", answer => answer.SayEndlessly("word "));
        var chat = await world.NewChatAsync("ollama");
        await world.Hub.WatchAsync(chat, Token);
        var posted = await world.Hub.PostAsync(chat, "Hello", "c-1", Token);
        var request = await world.Ollama.NextRequestAsync(Token);
        await world.Hub.NextAsync(Token, "delta");

        await world.Hub.CallAsync("StopGeneration", Token, posted.GetProperty("generationId").GetString());
        await request.WhenAborted.WaitAsync(Token);
        await request.WhenAnswered.WaitAsync(Token);
        var produced = request.PiecesSent;
        await world.Hub.NextEventAsync("generation.completed", Token);

        Assert.Equal(produced, request.PiecesSent);
    }

    [Fact]
    public async Task Hundred_stops_leave_no_connection_and_no_turn_taken()
    {
        await using var world = await ModelWorld.StartAsync(("Assistant:MaxRunningPerUpstream", "2"));
        var chat = await world.NewChatAsync("ollama");
        await world.Hub.WatchAsync(chat, Token);
        for (var i = 0; i < 100; i++)
        {
            world.Script("ollama", answer => answer.Say("One ").Stall());
            var posted = await world.Hub.PostAsync(chat, "Hello", $"c-{i}", Token);
            await world.Hub.NextAsync(Token, "delta");
            await world.Hub.CallAsync("StopGeneration", Token, posted.GetProperty("generationId").GetString());
            await world.Hub.NextEventAsync("generation.completed", Token);
        }

        await Eventually.HoldsAsync(() => world.Ollama.OpenConnections <= 1, Token);
        Assert.Equal("done", (await world.AskAsync("ollama")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Server_is_given_no_more_calls_at_once_than_allowed_and_too_many_waiting_are_refused()
    {
        await using var world = await ModelWorld.StartAsync(("Assistant:MaxRunningPerUpstream", "1"), ("Assistant:MaxWaitingPerUpstream", "1"));
        world.Script("ollama", answer => answer.SayLive().Done());
        await world.Hub.PostAsync(await world.NewChatAsync("ollama"), "First", "c-1", Token);
        var first = await world.Ollama.NextRequestAsync(Token);
        var waiting = await world.NewChatAsync("ollama");
        await world.Hub.WatchAsync(waiting, Token);
        await world.Hub.PostAsync(waiting, "Second", "c-2", Token);
        await world.Hub.NextEventAsync("generation.started", Token);

        await Eventually.HoldsAsync(async () => (await world.AskAsync("ollama")).GetProperty("error").GetProperty("code").GetString() == "model_busy", Token);

        Assert.Single(world.Ollama.Requests);
        first.Say("One");
        first.EndLive();
        Assert.Equal("Second", (await world.Ollama.NextRequestAsync(Token)).LastUserText);
    }
}
