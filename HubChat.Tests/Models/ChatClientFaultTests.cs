using HubChat.Server.Models;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>F25 and F28–F32 where they come in: whatever a model's server does, there is an answer or one clear failure.</summary>
public abstract class ChatClientFaultTests : IAsyncLifetime
{
    private FakeUpstream? _fake;
    private IChatClient? _client;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FakeUpstream Fake => _fake!;

    private protected IChatClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        _fake = await StartAsync();
        _client = Connect(_fake.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Fake.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<FakeUpstream> StartAsync();

    private protected abstract IChatClient Connect(Uri server);

    private protected Task<HeardAnswer> HearAsync(Action<FakeAnswer> script)
    {
        Fake.Script(script);
        return Client.HearAsync("Hello", Token);
    }

    [Fact]
    public async Task Answer_comes_word_by_word_with_its_usage()
    {
        var heard = (await Client.HearAsync("Hello there", Token)).Whole();

        Assert.Equal("You said: Hello there", heard.Text);
        Assert.Equal(5, heard.Updates.Count);
        Assert.Equal(ChatFinishReason.Stop, heard.FinishReason);
        Assert.Equal((2, 4, 6), (heard.Usage!.InputTokenCount, heard.Usage.OutputTokenCount, heard.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task Answer_can_be_had_at_once()
    {
        Fake.Script(answer => answer.Think("Hm. ").Say("Well, ", "yes.").Done("length"));
        var response = await Client.GetResponseAsync("Hello", cancellationToken: Token);

        Assert.Equal("Well, yes.", response.Text);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(2, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Thinking_is_no_part_of_the_text()
    {
        var heard = (await HearAsync(answer => answer.Think("Let me ").Think("see.").Say("Yes.").Done())).Whole();

        Assert.Equal(("Yes.", "Let me see."), (heard.Text, heard.Reasoning));
    }

    [Fact]
    public async Task Tool_call_is_told_whole()
    {
        var heard = (await HearAsync(answer => answer.CallTool("weather", """{"city":"Zürich","days":3}""").Done())).Whole();

        var call = Assert.Single(heard.Contents<FunctionCallContent>());
        Assert.Equal(("weather", "Zürich", "3"), (call.Name, $"{call.Arguments!["city"]}", $"{call.Arguments["days"]}"));
        Assert.NotEmpty(call.CallId);
        Assert.Equal(ChatFinishReason.ToolCalls, heard.FinishReason);
    }

    [Theory]
    [InlineData(400, ModelException.Failed, false)]
    [InlineData(401, ModelException.Unavailable, false)]
    [InlineData(403, ModelException.Unavailable, false)]
    [InlineData(404, ModelException.Unavailable, false)]
    [InlineData(408, ModelException.Busy, true)]
    [InlineData(418, ModelException.Failed, false)]
    [InlineData(422, ModelException.Failed, false)]
    [InlineData(425, ModelException.Busy, true)]
    [InlineData(429, ModelException.Busy, true)]
    [InlineData(499, ModelException.Failed, false)]
    [InlineData(500, ModelException.Failed, true)]
    [InlineData(501, ModelException.Failed, false)]
    [InlineData(502, ModelException.Failed, true)]
    [InlineData(503, ModelException.Busy, true)]
    [InlineData(504, ModelException.Failed, true)]
    [InlineData(202, ModelException.Failed, false)]
    public async Task Status_says_what_is_the_matter(int status, string code, bool isTransient)
    {
        var failure = (await HearAsync(answer => answer.Fail(status, "prompt too long: Hello"))).Failed(code);

        Assert.Equal((status, isTransient, null), (failure.Status!.Value, failure.IsTransient, failure.RetryAfter));
        Assert.Contains($"{status}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", null, 7)]
    [InlineData("999999", null, 3600)]
    [InlineData("Sun, 22 Nov 2026 10:00:30 GMT", "Sun, 22 Nov 2026 10:00:00 GMT", 30)]
    [InlineData("Sun, 22 Nov 2026 09:00:00 GMT", "Sun, 22 Nov 2026 10:00:00 GMT", 0)]
    public async Task Time_to_come_back_is_kept(string retryAfter, string? date, int seconds)
    {
        var heard = await HearAsync(answer => (date is null ? answer : answer.Header("Date", date)).Header("Retry-After", retryAfter).Fail(429, "slow down"));

        Assert.Equal(TimeSpan.FromSeconds(seconds), heard.Failed(ModelException.Busy).RetryAfter);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_unavailable()
    {
        await Fake.DisposeAsync();

        Assert.True((await Client.HearAsync("Hello", Token)).Failed(ModelException.Unavailable).IsTransient);
    }

    [Fact]
    public async Task Connection_that_breaks_before_the_answer_is_unavailable() =>
        Assert.True((await HearAsync(answer => answer.Reset())).Failed(ModelException.Unavailable).IsTransient);

    [Fact]
    public async Task Connection_that_breaks_after_the_headers_fails() =>
        Assert.False((await HearAsync(answer => answer.SendHeaders().BreakOff())).Failed().IsTransient);

    [Fact]
    public async Task Connection_that_breaks_in_the_middle_fails_after_the_text() =>
        (await HearAsync(answer => answer.Say("Well, ", "I ").BreakOff())).Failed(text: "Well, I ");

    [Fact]
    public async Task Connection_that_is_reset_in_the_middle_fails_after_the_text()
    {
        Fake.Script(answer => answer.Say("Well, ").Stall().Reset());
        var heard = await Client.HearAsync("Hello", Token, () => Fake.Requests[0].Release());

        heard.Failed(text: "Well, ");
    }

    [Fact]
    public async Task Connection_that_breaks_inside_a_character_passes_nothing_broken() =>
        (await HearAsync(answer => answer.Say("Hi ").SayHalf("😀😀😀😀😀😀😀😀").BreakOff())).Failed(text: "Hi ");

    [Fact]
    public async Task Error_in_the_middle_fails_after_the_text() =>
        (await HearAsync(answer => answer.Say("Well, ").SayError("out of memory"))).Failed(text: "Well, ");

    [Fact]
    public async Task Error_before_a_proper_end_fails_all_the_same() =>
        (await HearAsync(answer => answer.SayError("out of memory").Done())).Failed();

    [Fact]
    public async Task Clean_end_that_says_nothing_of_an_end_fails() =>
        (await HearAsync(answer => answer.Say("Well, "))).Failed(text: "Well, ");

    [Fact]
    public async Task Empty_answer_fails() => (await HearAsync(answer => answer.SendHeaders())).Failed();

    [Fact]
    public async Task Half_a_piece_fails_and_is_not_shown() => (await HearAsync(answer => answer.Say("Well, ").SayHalf("half"))).Failed(text: "Well, ");

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"message\":")]
    [InlineData("[1,2,3]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("<html><body>502 Bad Gateway</body></html>")]
    public async Task What_is_no_object_of_json_fails(string junk) =>
        (await HearAsync(answer => answer.Say("Well, ").SendFrame(junk).Done())).Failed(text: "Well, ");

    [Fact]
    public async Task Json_of_any_depth_fails_and_does_no_harm() =>
        (await HearAsync(answer => answer.SendFrame(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))).Done())).Failed();

    [Fact]
    public async Task Members_of_other_kinds_are_not_understood_and_do_no_harm() =>
        (await HearAsync(answer => answer
            .SendFrame("""{"message":[1],"choices":{"delta":3},"usage":"much","done":"yes","model":7,"id":{},"created_at":"yesterday"}""")
            .SendFrame("""{"message":{"content":5,"thinking":{},"tool_calls":"none"},"choices":[{"delta":{"content":[1],"tool_calls":{}},"index":0}]}""")
            .SendFrame("""{"choices":[3,"x"],"message":"x"}""")
            .Say("Well.").Done())).Whole();

    [Fact]
    public async Task Page_instead_of_an_answer_fails() =>
        (await HearAsync(answer => answer.ContentType("text/html").Send("<html>Please log in</html>"))).Failed();

    [Fact]
    public async Task Status_200_with_an_error_fails() =>
        (await HearAsync(answer => answer.ContentType("application/json").Send("""{"error":"no memory"}"""))).Failed();

    [Fact]
    public async Task Blank_lines_are_skipped() =>
        Assert.Equal("ab", (await HearAsync(answer => answer.Send("\n\n").Say("a").Send("\r\n\n").Say("b").Done())).Whole().Text);

    [Fact]
    public async Task Second_end_counts_nothing_twice() =>
        Assert.Equal(1, (await HearAsync(answer => answer.Say("a").Done().Done())).Whole().Usage!.OutputTokenCount);

    [Fact]
    public async Task Unknown_reason_of_an_end_is_an_end() =>
        Assert.Equal(ChatFinishReason.Stop, (await HearAsync(answer => answer.Say("a").Done("whatever"))).Whole().FinishReason);

    [Fact]
    public async Task Characters_that_arrive_byte_by_byte_are_whole() =>
        Assert.Equal("Grüße 😀, 世界", (await HearAsync(answer => answer.SliceBytes().Say("Grüße 😀", ", 世", "界").Done())).Whole().Text);

    [Fact]
    public async Task Halves_of_a_character_in_two_pieces_are_both_passed_on()
    {
        var heard = (await HearAsync(answer => answer
            .SendFrame("""{"message":{"content":"a\"\n\ud83d"},"choices":[{"delta":{"content":"a\"\n\ud83d"}}]}""")
            .SendFrame("""{"message":{"content":"\ude00b"},"choices":[{"delta":{"content":"\ude00b"}}]}""")
            .Done())).Whole();

        Assert.Equal("a\"\n😀b", heard.Text);
    }

    [Fact]
    public async Task Bytes_that_are_no_characters_are_replaced()
    {
        byte[] piece = [.. "{\"message\":{\"content\":\"a"u8, 0xC3, 0x28, .. "\"},\"choices\":[{\"delta\":{\"content\":\"a"u8, 0xC3, 0x28, .. "\"}}]}"u8];
        var heard = (await HearAsync(answer => answer.SendFrame("{}").Send("data:"u8[..DataPrefix].ToArray()).Send(piece).Send("\n\n").Done())).Whole();

        Assert.Equal("a\uFFFD(", heard.Text);
    }

    [Fact]
    public async Task Token_of_10_MB_is_text() =>
        Assert.Equal(10 << 20, (await HearAsync(answer => answer.Say(new string('a', 10 << 20)).Done())).Whole().Text.Length);

    [Fact]
    public async Task Piece_that_never_ends_is_cut()
    {
        var heard = await HearAsync(answer => answer.Send("data: {\"message\":{\"content\":\""[(5 - DataPrefix)..]).SendEndlessly(new string('a', 64 * 1024)));

        Assert.Contains("32 MB", heard.Failed().Message, StringComparison.Ordinal);
        await (await Fake.NextRequestAsync(Token)).WhenAborted.WaitAsync(Token);
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        await using var other = await StartAsync();
        var answers = new[] { "http://169.254.169.254/latest/meta-data", $"{other.Address}api/chat", $"{other.Address}v1/chat/completions" };
        foreach (var target in answers)
        {
            var failure = (await HearAsync(answer => answer.Redirect(target))).Failed();
            Assert.Equal(302, failure.Status);
            Assert.DoesNotContain("169.254", failure.ToString(), StringComparison.Ordinal);
        }

        Assert.Empty(other.Requests);
        Assert.Equal(answers.Length, Fake.Requests.Count);
    }

    [Fact]
    public async Task Nothing_but_the_key_and_the_question_reaches_the_server()
    {
        await Client.HearAsync("Hello", Token);

        var request = await Fake.NextRequestAsync(Token);
        Assert.Equal($"Bearer {ModelClients.Key}", request.Headers["Authorization"]);
        Assert.Equal(
            ["authorization", "content-length", "content-type", "host", "user-agent"],
            request.Headers.Keys.Select(name => name.ToLowerInvariant()).Order());
    }

    [Fact]
    public async Task Connection_is_used_again_after_a_whole_answer()
    {
        for (var asked = 0; asked < 5; asked++)
        {
            (await Client.HearAsync("Hello", Token)).Whole();
        }

        Assert.Equal(1, Fake.AcceptedConnections);
    }

    /// <summary>How many bytes stand before the JSON of a piece.</summary>
    private protected abstract int DataPrefix { get; }
}
