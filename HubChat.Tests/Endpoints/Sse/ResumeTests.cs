using System.Text.Json.Nodes;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>What one has and what comes are together the turn, for every offset (docs/protocol/sse.md §6).</summary>
public sealed class ResumeTests(SseWorld world) : IClassFixture<SseWorld>
{
    // Characters of one, two, three and four bytes, line ends, and what is special in JSON and in event streams.
    private static readonly string[] Pieces = ["Plain ", "é\u0301 ", "\n\n", "data: x\r\n", "\u20ac", "😀", "\u2028\"\\\u0007", ": ping\n", "end"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("finished_successfully", true, "ETIAMpppppppppFtCD")]
    [InlineData("finished_partial_completion", true, "ETIAMpppppppppFtCD")]
    [InlineData("interrupted", true, "ETIAMpppppppppFCD")]
    [InlineData("failed", true, "ETIAMpppppppppFeCD")]
    [InlineData("failed", false, "ETIAFeCD")]
    public async Task Every_offset_of_a_turn_that_has_ended_gives_the_rest(string status, bool speaks, string kinds)
    {
        var whole = await PlayAsync(status, speaks);
        Assert.Equal(kinds, SseWorld.KindsOf(whole));

        for (var offset = 0; offset < whole.Count; offset++)
        {
            await using var stream = await world.ResumeAsync(whole, offset);

            AssertSame(whole[offset..], await stream.RestAsync(Token));
        }

        await AssertRefusedAsync(whole, whole.Count);
    }

    [Fact]
    public async Task Every_offset_of_a_turn_that_runs_gives_the_rest_live()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        var whole = await first.UntilAsync('A', Token);
        var readers = new List<(int Offset, SseStream Stream)>();
        foreach (var piece in Pieces)
        {
            turn.Say(piece);
            whole.AddRange(await first.UntilAsync('p', Token));
            await AssertRefusedAsync(whole, whole.Count + 1);
            for (var offset = 0; offset <= whole.Count; offset++)
            {
                readers.Add((offset, await world.ResumeAsync(whole, offset)));
            }
        }

        turn.Finish();
        whole.AddRange(await first.RestAsync(Token));

        Assert.Equal(string.Concat(Pieces), SseWorld.TextOf(whole));
        foreach (var (offset, reader) in readers)
        {
            await using (reader)
            {
                AssertSame(whole[offset..], await reader.RestAsync(Token));
            }
        }
    }

    [Fact]
    public async Task Reader_that_has_all_so_far_waits_for_what_comes()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        var seen = await first.UntilAsync('A', Token);

        // It has its head although nothing is there to be sent.
        await using var resumed = await world.ResumeAsync(seen, seen.Count);
        var next = resumed.NextAsync(Token);
        Assert.False(next.IsCompleted);

        turn.Say("Hi");
        Assert.Equal('M', (await next)!.Kind);
        turn.Finish();

        Assert.Equal("pFCD", SseWorld.KindsOf(await resumed.RestAsync(Token)));
    }

    [Fact]
    public async Task Last_event_id_counts_where_no_offset_is_given()
    {
        var whole = await PlayAsync("finished_successfully");
        foreach (var (offset, header, expected) in new (long?, string?, int)[] { (null, "5", 5), (2, "5", 2), (null, null, 0), (0, "5", 0), (null, "0", 0) })
        {
            var headers = new List<(string, string)> { ("X-Conduit-Token", SseWorld.TokenOf(whole)) };
            if (header is not null)
            {
                headers.Add(("Last-Event-ID", header));
            }

            await using var stream = await world.OpenAsync(
                SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(whole), offset), null, [.. headers]);

            AssertSame(whole[expected..], await stream.RestAsync(Token));
        }
    }

    [Fact]
    public async Task Token_may_stand_in_the_body()
    {
        var whole = await PlayAsync("finished_successfully");
        var body = SseWorld.ResumeBody(SseWorld.ConversationOf(whole), 4);
        body["token"] = SseWorld.TokenOf(whole);
        await using var stream = await world.OpenAsync(SseWorld.ResumePath, body);

        AssertSame(whole[4..], await stream.RestAsync(Token));
    }

    [Fact]
    public async Task Lost_connection_does_not_stop_the_turn()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        turn.Say("One ");
        var seen = await stream.UntilAsync('p', Token);
        await stream.DisposeAsync();

        // The second also goes, in the middle of its reading; of the third nothing was ever read.
        var second = await world.ResumeAsync(seen, 0);
        await second.NextAsync(Token);
        await second.DisposeAsync();
        await (await world.ResumeAsync(seen, 0)).DisposeAsync();

        // A call that was cancelled would have been by now: the pieces to come are still taken.
        turn.Say("two ");
        await Eventually.HoldsAsync(
            async () => (await world.MessageAsync(SseWorld.ConversationOf(seen), SseWorld.ReplyOf(seen))).ToString().Contains("One two", StringComparison.Ordinal), Token);
        turn.Say("three");
        turn.Finish();
        await using var last = await world.ResumeAsync(seen, seen.Count);
        seen.AddRange(await last.RestAsync(Token));

        Assert.False(turn.Cancelled.IsCompleted);
        Assert.Equal(("One two three", "finished_successfully"), (SseWorld.TextOf(seen), SseWorld.StatusOf(seen)));
    }

    [Fact]
    public async Task Turn_goes_on_that_nobody_has_read()
    {
        var body = SseWorld.Question("Hello", id: "msg_001");
        var (turn, stream) = await world.BeginAsync(body);
        await stream.DisposeAsync();
        turn.Say("Heard by nobody");
        turn.Finish();

        await Eventually.HoldsAsync(
            async () => (await world.GetAsync(SseWorld.List)).Body.GetProperty("items")[0].GetProperty("last_message").GetString() == "Heard by nobody", Token);
        Assert.False(turn.Cancelled.IsCompleted);
    }

    [Fact]
    public async Task Deleted_conversation_ends_its_streams_as_interrupted()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        await using var resumed = await world.ResumeAsync(seen, 2);
        await world.Client.SendAsync(HttpMethod.Delete, $"/backend-api/conversation/{SseWorld.ConversationOf(seen)}", null, world.Ada.Token);

        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(("ETIAMpFCD", "interrupted"), (SseWorld.KindsOf(seen), SseWorld.StatusOf(seen)));
        AssertSame(seen[2..], await resumed.RestAsync(Token));
        await turn.Cancelled.WaitAsync(Token);
    }

    [Fact]
    public async Task Reply_that_is_deleted_at_the_hub_ends_its_stream_as_interrupted_and_its_frames_are_gone()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        await using var hub = await world.Ada.ConnectAsync(Token);
        await hub.CallAsync("DeleteMessage", Token, new { chatId = SseWorld.ConversationOf(seen), messageId = SseWorld.ReplyOf(seen) });

        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(("ETIAMpFCD", "interrupted"), (SseWorld.KindsOf(seen), SseWorld.StatusOf(seen)));
        await AssertRefusedAsync(seen, 0, (410, "stream_expired"));
    }

    [Fact]
    public async Task Question_that_is_deleted_is_told_nobody_any_more()
    {
        var seen = await world.AskAsync("A secret");
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = SseWorld.ConversationOf(seen);
        await hub.CallAsync("DeleteMessage", Token, new { chatId = chat, messageId = (await hub.MessagesAsync(chat, Token))[0].GetProperty("id").GetString() });

        for (var offset = 0; offset < 3; offset++)
        {
            await AssertRefusedAsync(seen, offset, (410, "stream_expired"));
        }

        await using var resumed = await world.ResumeAsync(seen, 3);
        Assert.DoesNotContain(await resumed.RestAsync(Token), frame => frame.Kind is 'I');
    }

    private static void AssertSame(IEnumerable<SseFrame> expected, IEnumerable<SseFrame> actual) =>
        Assert.Equal(expected.Select(frame => frame.Raw), actual.Select(frame => frame.Raw));

    private async Task AssertRefusedAsync(List<SseFrame> frames, long offset, (int, string)? refusal = null)
    {
        var answer = await world.PostAsync(
            SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(frames), offset), null, ("X-Conduit-Token", SseWorld.TokenOf(frames)));
        var (status, code, _) = SseWorld.RefusalOf(answer);
        Assert.Equal(refusal ?? (400, "offset_out_of_range"), (status, code!));
    }

    private async Task<List<SseFrame>> PlayAsync(string status, bool speaks = true)
    {
        var body = SseWorld.Question("Hello");
        body["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        var (turn, stream) = await world.BeginAsync(body);
        await using var reading = stream;
        var seen = await reading.UntilAsync('A', Token);
        foreach (var piece in speaks ? Pieces : [])
        {
            turn.Say(piece);
            seen.AddRange(await reading.UntilAsync('p', Token));
        }

        await world.EndAsync(turn, status, SseWorld.ConversationOf(seen));
        seen.AddRange(await reading.RestAsync(Token));
        return seen;
    }
}
