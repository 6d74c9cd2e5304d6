using System.Net;
using System.Text.Json.Nodes;
using HubChat.Server.Realtime;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class IdempotencyTests(SseClockWorld world) : IClassFixture<SseClockWorld>
{
    private const string ReplayHeader = "X-Idempotent-Replay";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string[], string[]> OtherParts => new()
    {
        { ["Hello"], ["Hello!"] },
        { ["Hello"], ["hello"] },
        { ["Hello"], ["Hello "] },
        { ["Hello"], [" Hello"] },
        { ["Hello"], ["Hello", ""] },
        { ["Hello"], ["", "Hello"] },
        { ["Hello"], ["Hel", "lo"] },
        { ["Hel", "lo"], ["Hello"] },
        { ["Hel", "lo"], ["He", "llo"] },
        { ["Hel", "lo"], ["lo", "Hel"] },
        { ["1", "2 3"], ["1 2", "3"] },
        { ["é"], ["e\u0301"] },
        { ["a\nb"], ["a\r\nb"] },
    };

    public static TheoryData<string> Keys => ["k", "a key with spaces", "!~", "8f14e45f-ceea-467f-a0e6-b2b1c1f3e1aa", new string('k', 128)];

    public static TheoryData<string> BadKeys => ["", " ", "\t", new string('k', 129), "a\tb"];

    [Fact]
    public async Task Repeated_message_gives_the_same_frames_and_asks_nothing()
    {
        var conversation = await NewConversationAsync();
        var first = await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"));
        var before = await Stored.InAsync(world.App);

        for (var times = 0; times < 3; times++)
        {
            var again = await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"));

            AssertReplay(first, again);
        }

        Assert.False(first.IsReplay);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a", "b")]
    [InlineData("", "a", "")]
    [InlineData("  \n a", "\ud83d\ude00", "e\u0301\u2028")]
    public async Task Parts_that_were_split_the_same_way_are_the_same(params string[] parts)
    {
        var conversation = await NewConversationAsync();
        var first = await ReadAsync(WithParts(conversation, "msg_001", parts));

        AssertReplay(first, await ReadAsync(WithParts(conversation, "msg_001", parts)));
    }

    [Fact]
    public async Task What_else_is_said_beside_the_message_makes_no_other_request_of_it()
    {
        var conversation = await NewConversationAsync();
        var first = await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"));
        var other = SseWorld.Question("Hello", conversation.ToUpperInvariant(), "msg_001");
        other["action"] = "retry";
        other["metadata"] = new JsonObject { ["temperature"] = 1 };

        AssertReplay(first, await ReadAsync(other));
    }

    [Fact]
    public async Task Old_message_is_recognised_among_many()
    {
        var conversation = await NewConversationAsync();
        var turns = new List<Reading>();
        for (var number = 0; number < 5; number++)
        {
            turns.Add(await ReadAsync(SseWorld.Question("Hello", conversation, $"msg_{number}")));
        }

        foreach (var number in Enumerable.Range(0, 5).Reverse())
        {
            AssertReplay(turns[number], await ReadAsync(SseWorld.Question("Hello", conversation, $"msg_{number}")));
        }
    }

    [Fact]
    public async Task Repeated_message_of_a_turn_that_runs_joins_it()
    {
        var conversation = await NewConversationAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", conversation, "msg_001"));
        await using var first = stream;
        turn.Say("One ");
        var seen = await first.UntilAsync('p', Token);
        var before = await Stored.InAsync(world.App);

        await using var second = await world.OpenAsync(SseWorld.Converse, SseWorld.Question("Hello", conversation, "msg_001"));
        var joined = await second.UntilAsync('p', Token);
        turn.Say("two");
        turn.Finish();
        seen.AddRange(await first.RestAsync(Token));
        joined.AddRange(await second.RestAsync(Token));

        Assert.Equal("true", second.Response.Headers.GetValues(ReplayHeader).Single());
        Assert.Equal(seen.Select(frame => frame.Raw), joined.Select(frame => frame.Raw));
        Assert.Equal("One two", SseWorld.TextOf(joined));
        var after = await Stored.InAsync(world.App);
        Assert.Equal((before.Messages, before.Generations), (after.Messages, after.Generations));
    }

    [Fact]
    public async Task Frames_that_are_gone_are_made_of_what_is_stored()
    {
        var conversation = await NewConversationAsync();
        var (turn, stream) = await world.BeginAsync(WithParts(conversation, "msg_001", "Hel", "lo"));
        await using var first = stream;
        turn.Say("One ");
        var seen = await first.UntilAsync('p', Token);
        turn.Say("two");
        turn.Finish();
        seen.AddRange(await first.RestAsync(Token));
        Lose();
        var before = await Stored.InAsync(world.App);

        var again = await ReadAsync(WithParts(conversation, "msg_001", "Hel", "lo"));

        Assert.True(again.IsReplay);
        Assert.Equal("ETIAMppFCD", SseWorld.KindsOf(seen));
        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(again.Frames));
        Assert.Equal("One two", SseWorld.TextOf(again.Frames));

        // All but the pieces of the text is as it was.
        Assert.Equal(
            seen.Where(frame => frame.Kind != 'p').Select(frame => frame.Raw),
            again.Frames.Where(frame => frame.Kind != 'p').Select(frame => frame.Raw));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Stopped_turn_without_frames_is_still_stopped()
    {
        var conversation = await NewConversationAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", conversation, "msg_001"));
        await using var first = stream;
        turn.Say("Half");
        await first.UntilAsync('p', Token);
        await world.PostAsync(SseWorld.Stop, new JsonObject { ["conversation_id"] = conversation });
        await first.RestAsync(Token);
        Lose();

        var again = await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"));

        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(again.Frames));
        Assert.Equal(("interrupted", "Half"), (SseWorld.StatusOf(again.Frames), SseWorld.TextOf(again.Frames)));
    }

    [Fact]
    public async Task Failed_turn_without_frames_says_its_error_again()
    {
        var conversation = await NewConversationAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", conversation, "msg_001"));
        await using var first = stream;
        turn.End();
        var seen = await first.RestAsync(Token);
        Lose();

        var again = await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"));

        Assert.Equal("failed", SseWorld.StatusOf(again.Frames));
        Assert.Equal(
            seen.Where(frame => frame.Kind is 'F' or 'e' or 'C' or 'D').Select(frame => frame.Raw),
            again.Frames.Where(frame => frame.Kind is 'F' or 'e' or 'C' or 'D').Select(frame => frame.Raw));
    }

    [Theory]
    [MemberData(nameof(OtherParts))]
    public async Task Other_parts_under_the_same_id_are_a_conflict(string[] parts, string[] others)
    {
        var conversation = await NewConversationAsync();
        await ReadAsync(WithParts(conversation, "msg_001", parts));

        await AssertConflictAsync(WithParts(conversation, "msg_001", others), "message_id_conflict", "messages[0].id");
    }

    [Fact]
    public async Task Id_of_a_reply_is_taken()
    {
        var conversation = await NewConversationAsync();
        var reply = SseWorld.ReplyOf((await ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"))).Frames);

        await AssertConflictAsync(SseWorld.Question("Hello", conversation, reply), "message_id_conflict", "messages[0].id");
        await AssertConflictAsync(SseWorld.Question("You said: Hello ", conversation, reply), "message_id_conflict", "messages[0].id");
    }

    [Fact]
    public async Task Id_of_another_participants_message_is_taken()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await ReadAsync(SseWorld.Question("Hello", chat, "msg_001"));

        await AssertConflictAsync(SseWorld.Question("Hello", chat, "msg_001"), "message_id_conflict", "messages[0].id", world.Bob);
        await AssertConflictAsync(SseWorld.Question("Other", chat, "msg_001"), "message_id_conflict", "messages[0].id", world.Bob);
    }

    [Fact]
    public async Task Id_differs_by_case()
    {
        var conversation = await NewConversationAsync();
        await ReadAsync(SseWorld.Question("Hello", conversation, "msg_a"));

        Assert.False((await ReadAsync(SseWorld.Question("Other", conversation, "msg_A"))).IsReplay);
    }

    [Fact]
    public async Task Every_conversation_has_its_own_ids()
    {
        var (one, two) = (await NewConversationAsync("msg_001"), await NewConversationAsync("msg_001"));
        Assert.NotEqual(one, two);

        Assert.False((await ReadAsync(SseWorld.Question("Hello", one, "msg_002"))).IsReplay);
        Assert.False((await ReadAsync(SseWorld.Question("Hello", two, "msg_002"))).IsReplay);
        Assert.False((await ReadAsync(SseWorld.Question("Hello", await NewConversationAsync(), "msg_001"))).IsReplay);
    }

    [Fact]
    public async Task Message_without_an_id_is_always_new()
    {
        var conversation = await NewConversationAsync();
        var first = await ReadAsync(SseWorld.Question("Hello", conversation));
        var second = await ReadAsync(SseWorld.Question("Hello", conversation));

        Assert.False(second.IsReplay);
        Assert.NotEqual(InputIdOf(first), InputIdOf(second));
        Assert.Matches("^msg_[A-Za-z0-9_-]{32,36}$", InputIdOf(first));
    }

    [Fact]
    public async Task Same_message_sent_many_times_at_once_is_asked_once()
    {
        var conversation = await NewConversationAsync();
        var before = await Stored.InAsync(world.App);

        var readings = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ReadAsync(SseWorld.Question("Hello", conversation, "msg_001"))));

        Assert.Single(readings, reading => !reading.IsReplay);
        Assert.Single(readings.Select(RawOf).Distinct());
        var after = await Stored.InAsync(world.App);
        Assert.Equal((before.Messages + 2, before.Generations + 1), (after.Messages, after.Generations));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Repeated_request_with_a_key_makes_no_second_conversation(string key)
    {
        var dan = await NewUserAsync();
        var first = await ReadAsync(SseWorld.Question("Hello"), dan, key);
        var before = await Stored.InAsync(world.App);

        AssertReplay(first, await ReadAsync(SseWorld.Question("Hello"), dan, key));

        Assert.Equal(before, await Stored.InAsync(world.App));
        Assert.Equal(1, (await world.GetAsync(SseWorld.List, dan)).Body.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Without_a_key_every_request_makes_a_conversation()
    {
        var first = await ReadAsync(SseWorld.Question("Hello", id: "msg_001"));
        var second = await ReadAsync(SseWorld.Question("Hello", id: "msg_001"));

        Assert.False(second.IsReplay);
        Assert.NotEqual(SseWorld.ConversationOf(first.Frames), SseWorld.ConversationOf(second.Frames));
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        var dan = await NewUserAsync();
        var first = await ReadAsync(SseWorld.Question("Hello"), dan, "key");
        var others = new[]
        {
            SseWorld.Question("Hello!"),
            SseWorld.Question("Hello", id: "msg_001"),
            SseWorld.Question("Hello", SseWorld.ConversationOf(first.Frames)),
        };

        foreach (var other in others)
        {
            await AssertConflictAsync(other, "idempotency_key_reused", null, dan, "key");
        }

        AssertReplay(first, await ReadAsync(SseWorld.Question("Hello"), dan, "key"));
    }

    [Fact]
    public async Task Everybody_has_keys_of_their_own()
    {
        var (dan, eve) = (await NewUserAsync(), await NewUserAsync());
        var dans = await ReadAsync(SseWorld.Question("Hello"), dan, "key");

        var eves = await ReadAsync(SseWorld.Question("Hello"), eve, "key");

        Assert.False(eves.IsReplay);
        Assert.NotEqual(SseWorld.ConversationOf(dans.Frames), SseWorld.ConversationOf(eves.Frames));
    }

    [Fact]
    public async Task Requests_with_one_key_at_once_make_one_conversation()
    {
        var dan = await NewUserAsync();
        var before = await Stored.InAsync(world.App);

        var readings = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ReadAsync(SseWorld.Question("Hello"), dan, "key")));

        Assert.Single(readings, reading => !reading.IsReplay);
        Assert.Single(readings.Select(RawOf).Distinct());
        var after = await Stored.InAsync(world.App);
        Assert.Equal(
            (before.Chats + 1, before.Messages + 2, before.Generations + 1, before.Keys + 1),
            (after.Chats, after.Messages, after.Generations, after.Keys));
    }

    [Fact]
    public async Task Key_of_a_turn_that_runs_joins_it()
    {
        var dan = await NewUserAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"), dan, ("Idempotency-Key", "key"));
        await using var first = stream;

        await using var second = await world.OpenAsync(SseWorld.Converse, SseWorld.Question("Hello"), dan, ("Idempotency-Key", "key"));
        var joined = await second.UntilAsync('A', Token);
        turn.Say("Hi");
        turn.Finish();
        joined.AddRange(await second.RestAsync(Token));

        Assert.Equal("true", second.Response.Headers.GetValues(ReplayHeader).Single());
        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(joined));
    }

    [Fact]
    public async Task Key_works_in_a_conversation_too()
    {
        var dan = await NewUserAsync();
        var conversation = SseWorld.ConversationOf((await ReadAsync(SseWorld.Question("Hello"), dan)).Frames);
        var first = await ReadAsync(SseWorld.Question("Again", conversation), dan, "key");
        var before = await Stored.InAsync(world.App);

        AssertReplay(first, await ReadAsync(SseWorld.Question("Again", conversation), dan, "key"));
        await AssertConflictAsync(SseWorld.Question("Other", conversation), "idempotency_key_reused", null, dan, "key");

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Key_of_a_refused_request_is_not_used_up()
    {
        var dan = await NewUserAsync();
        var refused = SseWorld.Question("Hello");
        refused["metadata"] = new JsonObject { ["temperature"] = 3 };
        Assert.Equal(HttpStatusCode.BadRequest, (await world.PostAsync(SseWorld.Converse, refused, dan, ("Idempotency-Key", "key"))).Status);

        Assert.False((await ReadAsync(SseWorld.Question("Hello"), dan, "key")).IsReplay);
    }

    [Fact]
    public async Task Key_of_a_busy_conversation_is_not_used_up()
    {
        var conversation = await NewConversationAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("First", conversation));
        await using var first = stream;
        var busy = await world.PostAsync(SseWorld.Converse, SseWorld.Question("Second", conversation), null, ("Idempotency-Key", "busy"));
        Assert.Equal("conversation_busy", SseWorld.RefusalOf(busy).Code);
        turn.Finish();
        await first.RestAsync(Token);

        Assert.False((await ReadAsync(SseWorld.Question("Second", conversation), null, "busy")).IsReplay);
    }

    [Fact]
    public async Task Key_is_kept_for_a_day()
    {
        var dan = await NewUserAsync();
        var first = await ReadAsync(SseWorld.Question("Hello"), dan, "key");
        world.Time.ShiftWallClock(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));

        // By now the frames may be gone.
        Assert.True((await ReadAsync(SseWorld.Question("Hello"), dan, "key")).IsReplay);
        world.Time.ShiftWallClock(TimeSpan.FromSeconds(1));
        var anew = await ReadAsync(SseWorld.Question("Hello!"), dan, "key");

        Assert.False(anew.IsReplay);
        Assert.NotEqual(SseWorld.ConversationOf(first.Frames), SseWorld.ConversationOf(anew.Frames));
        AssertReplay(anew, await ReadAsync(SseWorld.Question("Hello!"), dan, "key"));
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Bad_key_is_refused(string key)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await world.PostAsync(SseWorld.Converse, SseWorld.Question("Hello"), null, ("Idempotency-Key", key));

        Assert.Equal((400, "invalid_idempotency_key", "Idempotency-Key"), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Key_of_a_deleted_conversation_finds_nothing()
    {
        var dan = await NewUserAsync();
        var first = await ReadAsync(SseWorld.Question("Hello"), dan, "key");
        await world.Client.SendAsync(HttpMethod.Delete, $"/backend-api/conversation/{SseWorld.ConversationOf(first.Frames)}", null, dan.Token);
        var before = await Stored.InAsync(world.App);

        var answer = await world.PostAsync(SseWorld.Converse, SseWorld.Question("Hello"), dan, ("Idempotency-Key", "key"));

        Assert.Equal("conversation_not_found", SseWorld.RefusalOf(answer).Code);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    private static JsonObject WithParts(string conversation, string id, params string[] parts)
    {
        var body = SseWorld.Question("", conversation, id);
        body["messages"]![0]!["content"]!["parts"] = new JsonArray([.. parts.Select(part => JsonValue.Create(part))]);
        return body;
    }

    private static void AssertReplay(Reading first, Reading again)
    {
        Assert.True(again.IsReplay);
        Assert.Equal(RawOf(first), RawOf(again));
    }

    private static string RawOf(Reading reading) => string.Join("\n\n", reading.Frames.Select(frame => frame.Raw));

    private static string InputIdOf(Reading reading) => reading.Frames[2].Json.GetProperty("input_message").GetProperty("id").GetString()!;

    private void Lose() => Assert.IsType<MemoryDeltaLog>(world.App.Services.GetRequiredService<IDeltaLog>()).Lose();

    private Task<TestUser> NewUserAsync() => world.App.SignUpAsync($"dan-{Guid.NewGuid():N}"[..20], Token);

    private async Task<string> NewConversationAsync(string? id = null) =>
        SseWorld.ConversationOf((await ReadAsync(SseWorld.Question("To begin with", id: id))).Frames);

    private async Task<Reading> ReadAsync(JsonNode body, TestUser? user = null, string? key = null)
    {
        await using var stream = await world.OpenAsync(SseWorld.Converse, body, user, key is null ? [] : [("Idempotency-Key", key)]);
        var frames = await stream.RestAsync(Token);
        return new Reading(stream.Response.Headers.TryGetValues(ReplayHeader, out var replay) && replay.Single() == "true", frames);
    }

    /// <summary>A turn that the test plays.</summary>
    private async Task AssertConflictAsync(JsonNode body, string code, string? param, TestUser? user = null, string? key = null)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await world.PostAsync(SseWorld.Converse, body, user, key is null ? [] : [("Idempotency-Key", key)]);

        Assert.Equal((409, code, param), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    private sealed record Reading(bool IsReplay, List<SseFrame> Frames);
}
