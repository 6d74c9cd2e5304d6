using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Server.Models;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>The frames of a turn: which ones, in which order, and what stands in them (docs/protocol/sse.md §3 and §4).</summary>
public sealed class FrameTests(SseWorld world) : IClassFixture<SseWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, bool> Failures => new()
    {
        { ModelException.Failed, "upstream_error", true },
        { ModelException.Busy, "upstream_busy", true },
        { ModelException.Unavailable, "model_not_found", false },
        { ModelException.FirstTokenTimeout, "upstream_timeout", true },
        { ModelException.Stalled, "upstream_timeout", true },
        { ModelException.TimeLimit, "upstream_timeout", true },
        { ModelException.ContextLength, "context_length_exceeded", false },
        { "content_filter", "upstream_error", false },
    };

    [Fact]
    public async Task Stream_is_as_written_down_to_the_last_byte()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello!", id: "msg_001"));
        await using var reading = stream;
        var seen = await reading.UntilAsync('A', Token);
        turn.Say("Hi");
        seen.AddRange(await reading.UntilAsync('p', Token));
        turn.Say(" there.");
        turn.Finish();
        seen.AddRange(await reading.RestAsync(Token));

        var (conversation, reply, resume) = (SseWorld.ConversationOf(seen), SseWorld.ReplyOf(seen), SseWorld.TokenOf(seen));
        var (asked, begun) = (TimeOf(seen[2].Json.GetProperty("input_message"), "create_time"), TimeOf(MessageOf(seen), "create_time"));
        Assert.Equal(
            $$$"""
            event: delta_encoding
            data: "v1"

            data: {"type":"resume_conversation_token","token":"{{{resume}}}","conversation_id":"{{{conversation}}}"}

            data: {"type":"input_message","input_message":{"id":"msg_001","author":{"role":"user"},"create_time":{{{asked}}},"content":{"content_type":"text","parts":["Hello!"]},"status":"finished_successfully"},"conversation_id":"{{{conversation}}}"}

            event: delta
            data: {"o":"add","v":{"message":{"id":"{{{reply}}}","author":{"role":"assistant"},"create_time":{{{begun}}},"update_time":{{{begun}}},"content":{"content_type":"text","parts":[""]},"status":"in_progress","metadata":{"model_slug":"scripted","parent_id":"msg_001"}},"conversation_id":"{{{conversation}}}"}}

            data: {"type":"message_marker","conversation_id":"{{{conversation}}}","message_id":"{{{reply}}}","marker":"user_visible_token","event":"first"}

            event: delta
            data: {"v":[{"p":"/message/content/parts/0","o":"append","v":"Hi"}]}

            event: delta
            data: {"v":[{"p":"/message/content/parts/0","o":"append","v":" there."}]}

            event: delta
            data: {"v":[{"p":"/message/status","o":"replace","v":"finished_successfully"},{"p":"/message/end_turn","o":"replace","v":true},{"p":"/message/metadata","o":"append","v":{"is_complete":true}}]}

            data: {"type":"message_stream_complete","conversation_id":"{{{conversation}}}"}

            data: [DONE]
            """.ReplaceLineEndings("\n"),
            string.Join("\n\n", seen.Select(frame => frame.Raw)));

        // The same bytes once more, past the reader that takes lines apart.
        using var again = await world.OpenRawAsync(SseWorld.ResumePath, SseWorld.ResumeBody(conversation, 0), null, ("X-Conduit-Token", resume));
        var bytes = await again.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(string.Concat(seen.Select(frame => frame.Raw + "\n\n")), Encoding.UTF8.GetString(bytes));
        Assert.Equal((byte)'e', bytes[0]);
    }

    [Fact]
    public async Task Instants_are_seconds_with_a_fraction()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-1).ToUnixTimeSeconds();
        var seen = await world.AskAsync("Hello");

        foreach (var instant in new[]
        {
            seen[2].Json.GetProperty("input_message").GetProperty("create_time"), MessageOf(seen).GetProperty("create_time"), MessageOf(seen).GetProperty("update_time"),
        })
        {
            Assert.Equal(JsonValueKind.Number, instant.ValueKind);
            Assert.InRange(instant.GetDouble(), before, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        }
    }

    [Fact]
    public async Task Head_keeps_proxies_and_browsers_from_collecting()
    {
        var seen = await world.AskAsync("Hello");
        foreach (var (path, body) in new (string, JsonNode)[]
        {
            (SseWorld.Converse, SseWorld.Question("Hello")), (SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(seen), 2)),
        })
        {
            await using var stream = await world.OpenAsync(path, body, null, ("X-Conduit-Token", SseWorld.TokenOf(seen)), ("Accept-Encoding", "gzip, br"));
            var response = stream.Response;

            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
            Assert.True(response.Headers.CacheControl!.NoCache);
            Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
            Assert.Empty(response.Content.Headers.ContentEncoding);
            Assert.Null(response.Content.Headers.ContentLength);
            await stream.RestAsync(Token);
        }
    }

    [Fact]
    public async Task First_four_frames_come_before_the_model_has_said_a_word()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;

        Assert.Equal("ETIA", SseWorld.KindsOf(await reading.UntilAsync('A', Token)));

        turn.Say("Hi");
        Assert.Equal("Mp", SseWorld.KindsOf(await reading.UntilAsync('p', Token)));
        turn.Finish();
        Assert.Equal("FCD", SseWorld.KindsOf(await reading.RestAsync(Token)));
    }

    [Fact]
    public async Task Every_piece_goes_out_as_it_comes()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        for (var i = 0; i < 50; i++)
        {
            // Not said before the last one has been read: a server that collects waits for ever.
            turn.Say($"{i} ");
            Assert.Equal($"{i} ", (await reading.UntilAsync('p', Token))[^1].Text);
        }

        turn.Finish();
        Assert.Equal("FCD", SseWorld.KindsOf(await reading.RestAsync(Token)));
    }

    [Fact]
    public async Task Characters_that_are_split_over_segments_arrive_whole_both_ways()
    {
        const string Text = "é \u20ac 😀 👩🏽‍🚀 \u2028";
        await using var proxy = FaultProxy.Start(world.App.Address);
        proxy.ToServer = proxy.ToClient = new LinkFaults { SliceSize = 1, SlicePause = TimeSpan.FromTicks(1) };
        using var http = new HttpClient { BaseAddress = proxy.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.Ada.Token);

        // Not escaped: bytes of UTF-8, one by one.
        using var response = await http.PostAsync(
            SseWorld.Converse,
            new StringContent($$$"""{"messages":[{"role":"user","content":{"content_type":"text","parts":["{{{Text}}}"]}}]}""", Encoding.UTF8, "application/json"),
            Token);
        await using var stream = new SseStream(response, await response.Content.ReadAsStreamAsync(Token));
        var seen = await stream.RestAsync(Token);

        Assert.Equal(Text, seen[2].Json.GetProperty("input_message").GetProperty("content").GetProperty("parts")[0].GetString());
        Assert.Equal($"You said: {Text} ", SseWorld.TextOf(seen));
    }

    [Theory]
    [InlineData("finished_successfully", """{"is_complete":true}""", "ETIAMpFCD")]
    [InlineData("finished_partial_completion", """{"is_complete":false,"finish_details":{"type":"max_tokens"}}""", "ETIAMpFCD")]
    [InlineData("interrupted", """{"is_complete":false,"finish_details":{"type":"interrupted","reason":"client_stopped"}}""", "ETIAMpFCD")]
    [InlineData("failed", """{"is_complete":false,"finish_details":{"type":"error"}}""", "ETIAMpFeCD")]
    public async Task Final_frame_says_how_the_reply_ended(string status, string metadata, string kinds)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        await world.EndAsync(turn, status, SseWorld.ConversationOf(seen));
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(kinds, SseWorld.KindsOf(seen));
        Assert.Equal(
            $$$"""{"v":[{"p":"/message/status","o":"replace","v":"{{{status}}}"},{"p":"/message/end_turn","o":"replace","v":true},{"p":"/message/metadata","o":"append","v":{{{metadata}}}}]}""",
            seen.Single(frame => frame.Kind == 'F').Data);
    }

    [Theory]
    [InlineData("finished_successfully", "ETIAFCD")]
    [InlineData("finished_partial_completion", "ETIAFCD")]
    [InlineData("interrupted", "ETIAFCD")]
    [InlineData("failed", "ETIAFeCD")]
    public async Task Reply_without_text_has_neither_marker_nor_append(string status, string kinds)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        var seen = await reading.UntilAsync('A', Token);
        await world.EndAsync(turn, status, SseWorld.ConversationOf(seen));
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal((kinds, status), (SseWorld.KindsOf(seen), SseWorld.StatusOf(seen)));
        var stored = await world.MessageAsync(SseWorld.ConversationOf(seen), SseWorld.ReplyOf(seen));
        Assert.Equal(status, stored.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Piece_without_text_is_no_append()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        foreach (var piece in new[] { "", "Hi", "", "" })
        {
            turn.Say(piece);
        }

        turn.Finish();

        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(await reading.RestAsync(Token)));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Error_is_named_in_this_doors_words(string reason, string code, bool isRetryable)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Fail(new ModelException(reason, "http://10.0.0.7/secret said: stack trace at line 7"));
        var seen = await reading.RestAsync(Token);

        var error = seen.Single(frame => frame.Kind == 'e').Json;
        Assert.Equal((SseWorld.ConversationOf(seen), SseWorld.ReplyOf(seen)), (error.GetProperty("conversation_id").GetString(), error.GetProperty("message_id").GetString()));
        Assert.Equal(code, error.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(isRetryable, error.GetProperty("error").GetProperty("retryable").GetBoolean());
        Assert.NotEmpty(error.GetProperty("error").GetProperty("message").GetString()!);
        Assert.DoesNotContain(seen, frame => frame.Data.Contains("10.0.0.7", StringComparison.Ordinal) || frame.Data.Contains("stack", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_model_client_throws_is_not_repeated()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        turn.Fail(new InvalidOperationException("Object reference at HubChat.Server"));
        var seen = await reading.RestAsync(Token);

        Assert.Equal("ETIAMpFeCD", SseWorld.KindsOf(seen));
        Assert.DoesNotContain(seen, frame => frame.Data.Contains("HubChat.Server", StringComparison.Ordinal));
        Assert.Equal("upstream_error", seen.Single(frame => frame.Kind == 'e').Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Title_comes_where_the_request_has_begun_the_conversation_and_nowhere_else()
    {
        var question = SseWorld.Question("Hello");
        question["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        await using var stream = await world.OpenAsync(SseWorld.Converse, question);
        var first = await stream.RestAsync(Token);
        var conversation = SseWorld.ConversationOf(first);
        var second = await world.AskAsync("And again", conversation);

        Assert.Matches("^ETIAMp+FtCD$", SseWorld.KindsOf(first));
        Assert.Equal(
            $$"""{"type":"title_generation","title":"A title","conversation_id":"{{conversation}}"}""", first.Single(frame => frame.Kind == 't').Data);
        Assert.Matches("^ETIAMp+FCD$", SseWorld.KindsOf(second));
        var list = await world.GetAsync(SseWorld.List);
        Assert.Equal("A title", Titles(list)[conversation]);
    }

    [Fact]
    public async Task Failed_reply_makes_no_title()
    {
        var body = SseWorld.Question("Hello");
        body["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        var (turn, stream) = await world.BeginAsync(body);
        await using var reading = stream;
        turn.Say("Half");
        turn.Fail(new ModelException(ModelException.Failed, "broken"));

        Assert.Equal("ETIAMpFeCD", SseWorld.KindsOf(await reading.RestAsync(Token)));
    }

    [Fact]
    public async Task Events_are_numbered_on_request_only()
    {
        await using var stream = await world.OpenAsync(SseWorld.Converse + "?event_ids=1", SseWorld.Question("Hello"));
        var seen = await stream.RestAsync(Token);
        await using var resumed = await world.OpenAsync(
            SseWorld.ResumePath + "?event_ids=1", SseWorld.ResumeBody(SseWorld.ConversationOf(seen), 3), null, ("X-Conduit-Token", SseWorld.TokenOf(seen)));
        var rest = await resumed.RestAsync(Token);
        await using var plain = await world.ResumeAsync(seen, 0);

        Assert.Equal(Enumerable.Range(1, seen.Count - 1).Select(number => number.ToString(CultureInfo.InvariantCulture)), seen[..^1].Select(frame => frame.Id));
        Assert.Null(seen[^1].Id);
        Assert.Equal(seen[3..].Select(frame => frame.Raw), rest.Select(frame => frame.Raw));
        Assert.All(await plain.RestAsync(Token), frame => Assert.Null(frame.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?event_ids=0")]
    [InlineData("?event_ids=")]
    [InlineData("?event_ids=true")]
    public async Task Anything_else_asks_for_no_numbers(string query)
    {
        await using var stream = await world.OpenAsync(SseWorld.Converse + query, SseWorld.Question("Hello"));

        Assert.All(await stream.RestAsync(Token), frame => Assert.Null(frame.Id));
    }

    [Fact]
    public async Task Temperature_and_model_are_those_of_the_turn()
    {
        var first = SseWorld.Question("Hello");
        first["metadata"] = new JsonObject { ["temperature"] = 0.25, ["model"] = HubChatApp.TitledModelName };
        var (turn, stream) = await world.BeginAsync(first);
        await using var reading = stream;
        turn.Say("Hi");
        turn.Finish();
        var seen = await reading.RestAsync(Token);
        var (next, second) = await world.BeginAsync(SseWorld.Question("Again", SseWorld.ConversationOf(seen)));
        await using var again = second;
        next.Say("Hi");
        next.Finish();
        var more = await again.RestAsync(Token);

        Assert.Equal((0.25f, null), (turn.Options!.Temperature, next.Options!.Temperature));
        Assert.Equal("titled", MessageOf(seen).GetProperty("metadata").GetProperty("model_slug").GetString());
        Assert.Equal("titled", MessageOf(more).GetProperty("metadata").GetProperty("model_slug").GetString());
    }

    private static JsonElement MessageOf(List<SseFrame> frames) => frames[3].Json.GetProperty("v").GetProperty("message");

    private static string TimeOf(JsonElement item, string name) => item.GetProperty(name).GetRawText();

    private static Dictionary<string, string?> Titles(Auth.Answer list) => list.Body.GetProperty("items").EnumerateArray().ToDictionary(
        item => item.GetProperty("id").GetString()!, item => item.GetProperty("title").GetString());
}
