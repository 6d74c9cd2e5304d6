using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class PatchTests(SseWorld world) : IClassFixture<SseWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Titles => new()
    {
        { "A title", "A title" },
        { "a", "a" },
        { "  \t A  title \r\n ", "A  title" },
        { "\u00a0\u3000A title\u2003", "A title" },
        { "<b>\"A\" & 'title'</b>", "<b>\"A\" & 'title'</b>" },
        { "e\u0301 😀 漢字", "e\u0301 😀 漢字" },
        { new string('a', 200), new string('a', 200) },
        { string.Concat(Enumerable.Repeat("😀", 200)), string.Concat(Enumerable.Repeat("😀", 200)) },
        { $" {new string('a', 200)} ", new string('a', 200) },
    };

    /// <summary>Bodies that change nothing, the code and what is named as wrong.</summary>
    public static TheoryData<string, string, string?> Bad => new()
    {
        { "{}", "empty_patch", null },
        { """{"name":"A title"}""", "empty_patch", null },
        { """{"Title":"A title","is_starred":true}""", "empty_patch", null },
        { """{"title":null}""", "invalid_title", "title" },
        { """{"title":""}""", "invalid_title", "title" },
        { """{"title":" \t\n\u00a0"}""", "invalid_title", "title" },
        { """{"title":"\u200b"}""", "invalid_title", "title" },
        { """{"title":1}""", "invalid_title", "title" },
        { """{"title":true}""", "invalid_title", "title" },
        { """{"title":["A title"]}""", "invalid_title", "title" },
        { """{"title":{}}""", "invalid_title", "title" },
        { """{"title":"a\nb"}""", "invalid_title", "title" },
        { """{"title":"a\u2028b"}""", "invalid_title", "title" },
        { """{"title":"a\u0000b"}""", "invalid_title", "title" },
        { """{"title":"a\u0007b"}""", "invalid_title", "title" },
        { """{"title":"\ud800"}""", "invalid_title", "title" },
        { $$"""{"title":"{{new string('a', 201)}}"}""", "invalid_title", "title" },
        { $$"""{"title":"{{string.Concat(Enumerable.Repeat("😀", 201))}}"}""", "invalid_title", "title" },
        { """{"is_archived":null}""", "invalid_is_archived", "is_archived" },
        { """{"is_archived":"true"}""", "invalid_is_archived", "is_archived" },
        { """{"is_archived":1}""", "invalid_is_archived", "is_archived" },
        { """{"is_archived":[]}""", "invalid_is_archived", "is_archived" },
        { """{"is_visible":null}""", "invalid_is_visible", "is_visible" },
        { """{"is_visible":"false"}""", "invalid_is_visible", "is_visible" },
        { """{"is_visible":0}""", "invalid_is_visible", "is_visible" },

        // Nothing is made visible: it is, or it is gone.
        { """{"is_visible":true}""", "invalid_is_visible", "is_visible" },

        // One that is refused refuses all.
        { """{"title":"A title","is_archived":"yes"}""", "invalid_is_archived", "is_archived" },
        { """{"title":"","is_archived":true}""", "invalid_title", "title" },
        { """{"title":"A title","is_archived":true,"is_visible":true}""", "invalid_is_visible", "is_visible" },
        { """{"title":"","is_archived":1,"is_visible":1}""", "invalid_title", "title" },
        { """{"is_archived":1,"is_visible":1}""", "invalid_is_archived", "is_archived" },
    };

    public static TheoryData<string> Deletions => ["PATCH", "PATCH with more", "DELETE"];

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task Title_is_trimmed_and_kept(string title, string kept)
    {
        var conversation = await NewAsync();

        var answer = await PatchAsync(conversation, new JsonObject { ["title"] = title }.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"success":true}""", answer.Body.GetRawText());
        Assert.Equal(kept, await TitleAsync(conversation));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Mistake_changes_nothing(string body, string code, string? param)
    {
        var conversation = await NewAsync();
        var before = await Stored.InAsync(world.App);

        Assert.Equal((400, code, param), SseWorld.RefusalOf(await PatchAsync(conversation, body)));

        Assert.Equal(before, await Stored.InAsync(world.App));
        Assert.Equal("Hello", await TitleAsync(conversation));
    }

    [Fact]
    public async Task Mistake_in_a_conversation_that_is_unknown_is_told_or_not_but_never_that_it_exists()
    {
        var foreign = await NewAsync(world.Bob);
        const string Unknown = "690d5b6c-0000-4000-8000-000000000001";

        foreach (var body in new[] { "{}", """{"title":""}""", """{"title":"A title"}""" })
        {
            Assert.Equal(
                (await PatchAsync(Unknown, body)).Body.GetRawText(),
                (await PatchAsync(foreign, body)).Body.GetRawText());
        }
    }

    [Fact]
    public async Task Title_and_archive_are_changed_together()
    {
        var conversation = await NewAsync();

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, """{"title":"Both","is_archived":true}""")).Status);

        Assert.True(await IsListedAsync(conversation, archived: true));
        Assert.False(await IsListedAsync(conversation, archived: false));
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, """{"title":"Back","is_archived":false}""")).Status);
        Assert.Equal("Back", await TitleAsync(conversation));
    }

    [Fact]
    public async Task Archived_conversation_stays_to_be_read_and_asked()
    {
        var conversation = await NewAsync();

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, """{"is_archived":true}""")).Status);

        Assert.True(await IsListedAsync(conversation, archived: true));
        Assert.False(await IsListedAsync(conversation, archived: false));
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync(PathOf(conversation))).Status);
        Assert.Equal("finished_successfully", SseWorld.StatusOf(await world.AskAsync("Again", conversation)));
        Assert.True(await IsListedAsync(conversation, archived: true));

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, """{"is_archived":false}""")).Status);
        Assert.True(await IsListedAsync(conversation, archived: false));
    }

    [Fact]
    public async Task Same_patch_twice_is_as_good_as_once()
    {
        var conversation = await NewAsync();
        foreach (var body in new[] { """{"is_archived":true}""", """{"is_archived":true}""", """{"title":"A"}""", """{"title":"A"}""" })
        {
            Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, body)).Status);
        }

        Assert.True(await IsListedAsync(conversation, archived: true));
        Assert.Equal("A", await TitleAsync(conversation, archived: true));
    }

    [Fact]
    public async Task Several_members_are_changed_at_once_and_unknown_ones_passed_over()
    {
        var conversation = await NewAsync();

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(conversation, """{"title":"Both","is_archived":true,"is_starred":1}""")).Status);

        Assert.Equal("Both", await TitleAsync(conversation, archived: true));
    }

    [Theory]
    [InlineData("""{"title":"Taken over","is_archived":true}""")]
    [InlineData("""{"is_archived":true,"is_visible":false}""")]
    [InlineData("""{"title":"Taken over"}""")]
    [InlineData("""{"is_visible":false}""")]
    public async Task Who_may_not_change_one_thing_changes_nothing(string body)
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await world.AskAsync("Hello", chat);
        var before = await Stored.InAsync(world.App);

        Assert.Equal((403, "forbidden", null), SseWorld.RefusalOf(await PatchAsync(chat, body, world.Bob)));

        Assert.Equal(before, await Stored.InAsync(world.App));
        Assert.Equal("Hello", await TitleAsync(chat));
        Assert.True(await IsListedAsync(chat, archived: false, world.Bob));
    }

    [Fact]
    public async Task Everybody_archives_for_themselves()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await hub.CallAsync("ChangeRole", Token, new { chatId = chat, userId = world.Bob.Id, role = "reader" });

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(chat, """{"is_archived":true}""", world.Bob)).Status);

        Assert.True(await IsListedAsync(chat, archived: true, world.Bob));
        Assert.True(await IsListedAsync(chat, archived: false));
    }

    [Theory]
    [MemberData(nameof(Deletions))]
    public async Task What_is_deleted_is_gone_from_every_call_at_once(string how)
    {
        var turn = await world.AskAsync("Hello", id: "msg_001");
        var conversation = SseWorld.ConversationOf(turn);

        var deleted = await DeleteAsync(conversation, how);

        Assert.Equal((HttpStatusCode.OK, """{"success":true}"""), (deleted.Status, deleted.Body.GetRawText()));
        var before = await Stored.InAsync(world.App);
        var named = new JsonObject { ["conversation_id"] = conversation };
        Answer[] answers =
        [
            await world.GetAsync(PathOf(conversation)),
            await world.GetAsync($"{PathOf(conversation)}/stream_status"),
            await world.PostAsync(SseWorld.Converse, SseWorld.Question("Again", conversation)),
            await world.PostAsync(SseWorld.Converse, SseWorld.Question("Hello", conversation, "msg_001")),
            await world.PostAsync(SseWorld.ResumePath, SseWorld.ResumeBody(conversation, 0), null, ("X-Conduit-Token", SseWorld.TokenOf(turn))),
            await world.PostAsync(SseWorld.Stop, named),
            await PatchAsync(conversation, """{"title":"A title"}"""),
            await PatchAsync(conversation, """{"is_archived":false}"""),
            await DeleteAsync(conversation, "PATCH"),
            await DeleteAsync(conversation, "DELETE"),
            await GenerateTitleAsync(conversation),
            await GenerateTitleAsync(conversation, "msg_001"),
        ];
        Assert.All(answers, answer => Assert.Equal((404, "conversation_not_found", "conversation_id"), SseWorld.RefusalOf(answer)));
        Assert.False(await IsListedAsync(conversation, archived: false));
        Assert.False(await IsListedAsync(conversation, archived: true));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [MemberData(nameof(Deletions))]
    public async Task Turn_of_a_deleted_conversation_is_stopped(string how)
    {
        world.App.Model.Hold = true;
        await using var stream = await world.OpenAsync(SseWorld.Converse, SseWorld.Question("Hello"));
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        turn.Say("Half");
        var begun = await stream.UntilAsync('p', Token);

        await DeleteAsync(SseWorld.ConversationOf(begun), how);
        var rest = await stream.RestAsync(Token);
        await turn.Cancelled.WaitAsync(Token);

        Assert.Equal("FCD", SseWorld.KindsOf(rest));
        Assert.Equal("interrupted", SseWorld.StatusOf(rest));
    }

    [Fact]
    public async Task Deleted_conversation_is_gone_for_everybody()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);

        await DeleteAsync(chat, "DELETE");

        Assert.Equal("conversation_not_found", SseWorld.RefusalOf(await world.GetAsync(PathOf(chat), world.Bob)).Code);
        Assert.False(await IsListedAsync(chat, archived: false, world.Bob));
    }

    [Fact]
    public async Task Title_can_be_made_by_the_model()
    {
        world.App.Model.Title = _ => "\"What was made\"";
        foreach (var body in new[] { "", "{}", """{"message_id":null}""", """{"something":"else"}""" })
        {
            var conversation = await NewTitledAsync();

            var answer = await world.SendAsync(HttpMethod.Post, TitlePathOf(conversation), body);

            Assert.Equal((HttpStatusCode.OK, """{"title":"What was made"}"""), (answer.Status, answer.Body.GetRawText()));
            Assert.Equal("What was made", await TitleAsync(conversation));
        }
    }

    [Fact]
    public async Task Title_needs_no_body_and_then_no_content_type()
    {
        world.App.Model.Title = _ => "What was made";
        var conversation = await NewTitledAsync();

        var answer = await world.Client.SendAsync(HttpMethod.Post, TitlePathOf(conversation), null, world.Ada.Token);

        Assert.Equal("What was made", answer.Body.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Title_can_be_made_again()
    {
        world.App.Model.Title = _ => "First";
        var conversation = await NewTitledAsync();
        Assert.Equal("First", (await GenerateTitleAsync(conversation)).Body.GetProperty("title").GetString());
        world.App.Model.Title = _ => "Second";

        Assert.Equal("Second", (await GenerateTitleAsync(conversation)).Body.GetProperty("title").GetString());

        Assert.Equal("Second", await TitleAsync(conversation));
    }

    [Fact]
    public async Task Title_that_a_person_gave_stays_and_no_model_is_asked()
    {
        var asked = 0;
        world.App.Model.Title = _ => $"Made {++asked}";
        var conversation = await NewTitledAsync();
        await PatchAsync(conversation, """{"title":"Mine"}""");
        asked = 0;
        var before = await Stored.InAsync(world.App);

        foreach (var message in new[] { null, "msg_001" })
        {
            Assert.Equal("Mine", (await GenerateTitleAsync(conversation, message)).Body.GetProperty("title").GetString());
        }

        Assert.Equal("Mine", await TitleAsync(conversation));
        Assert.Equal(0, asked);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Title_is_made_of_the_message_that_is_named()
    {
        // The model sees question and answer; its title shows which.
        world.App.Model.Title = prompt => prompt[^1].Text.Contains("You said: Two", StringComparison.Ordinal) ? "Of two" : "Of another";
        var first = await ReadAsync(Titled("One", id: "msg_001"));
        var conversation = SseWorld.ConversationOf(first);
        var second = await ReadAsync(Titled("Two", conversation, "msg_002"));
        await ReadAsync(Titled("Three", conversation, "msg_003"));

        foreach (var (message, title) in new[]
        {
            ("msg_002", "Of two"), ("msg_001", "Of another"), (SseWorld.ReplyOf(second), "Of two"), (SseWorld.ReplyOf(first), "Of another"),
        })
        {
            Assert.Equal(title, (await GenerateTitleAsync(conversation, message)).Body.GetProperty("title").GetString());
            Assert.Equal(title, await TitleAsync(conversation));
        }
    }

    [Theory]
    [InlineData("\"msg_999\"")]
    [InlineData("\"\"")]
    [InlineData("\"690d5b6c-0000-4000-8000-000000000001\"")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("\"\\ud800\"")]
    public async Task Message_that_is_not_there_makes_no_title(string id)
    {
        var conversation = await NewTitledAsync();
        var title = await TitleAsync(conversation);
        var before = await Stored.InAsync(world.App);

        var answer = await world.SendAsync(HttpMethod.Post, TitlePathOf(conversation), $"{{\"message_id\":{id}}}");

        Assert.Equal((400, "invalid_message_id", "message_id"), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
        Assert.Equal(title, await TitleAsync(conversation));
    }

    [Fact]
    public async Task Message_of_another_conversation_is_not_there()
    {
        var other = await world.AskAsync("Hello", id: "msg_other");
        var conversation = await NewAsync();

        foreach (var id in new[] { "msg_other", SseWorld.ReplyOf(other) })
        {
            Assert.Equal("invalid_message_id", SseWorld.RefusalOf(await GenerateTitleAsync(conversation, id)).Code);
        }
    }

    [Fact]
    public async Task Failure_of_the_model_keeps_the_title()
    {
        world.App.Model.Title = _ => "Before";
        var conversation = await NewTitledAsync();
        Assert.Equal("Before", (await GenerateTitleAsync(conversation)).Body.GetProperty("title").GetString());
        var before = await Stored.InAsync(world.App);

        world.App.Model.FailAfterAnswer = _ => new InvalidOperationException("no titles today");
        var failed = await GenerateTitleAsync(conversation);
        world.App.Model.FailAfterAnswer = _ => null;
        world.App.Model.Title = _ => " \"\" ";
        var empty = await GenerateTitleAsync(conversation);

        Assert.Equal((HttpStatusCode.OK, "Before"), (failed.Status, failed.Body.GetProperty("title").GetString()));
        Assert.Equal((HttpStatusCode.OK, "Before"), (empty.Status, empty.Body.GetProperty("title").GetString()));
        Assert.Equal("Before", await TitleAsync(conversation));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Model_that_writes_no_titles_is_not_asked_for_one()
    {
        var conversation = await NewAsync();

        Assert.Equal("Hello", (await GenerateTitleAsync(conversation)).Body.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Conversation_without_an_answer_keeps_its_title()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);

        Assert.Equal("", (await GenerateTitleAsync(chat)).Body.GetProperty("title").GetString());
    }

    private static string PathOf(string conversation) => $"/backend-api/conversation/{conversation}";

    private static string TitlePathOf(string conversation) => $"/backend-api/conversation/gen_title/{conversation}";

    private Task<Answer> PatchAsync(string conversation, string body, TestUser? user = null) =>
        world.SendAsync(HttpMethod.Patch, PathOf(conversation), body, user);

    private Task<Answer> DeleteAsync(string conversation, string how) => how switch
    {
        "PATCH" => PatchAsync(conversation, """{"is_visible":false}"""),
        "PATCH with more" => PatchAsync(conversation, """{"title":"Gone","is_archived":true,"is_visible":false}"""),
        _ => world.Client.SendAsync(HttpMethod.Delete, PathOf(conversation), null, world.Ada.Token),
    };

    private Task<Answer> GenerateTitleAsync(string conversation, string? message = null) => world.PostAsync(
        TitlePathOf(conversation), message is null ? [] : new JsonObject { ["message_id"] = message });

    private static JsonObject Titled(string text, string? conversation = null, string? id = null)
    {
        var body = SseWorld.Question(text, conversation, id);
        body["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        return body;
    }

    /// <summary>A conversation that is called after its question, by a model that is not asked for titles.</summary>
    private async Task<string> NewAsync(TestUser? user = null) => SseWorld.ConversationOf(await world.AskAsync("Hello", user: user));

    /// <summary>A conversation that is called after its question, because its model had no better title yet.</summary>
    private async Task<string> NewTitledAsync()
    {
        var later = world.App.Model.Title;
        world.App.Model.Title = _ => "";
        var frames = await ReadAsync(Titled("Hello", id: "msg_001"));
        world.App.Model.Title = later;
        return SseWorld.ConversationOf(frames);
    }

    private async Task<List<SseFrame>> ReadAsync(JsonObject body)
    {
        await using var stream = await world.OpenAsync(SseWorld.Converse, body);
        return await stream.RestAsync(Token);
    }

    private async Task<bool> IsListedAsync(string conversation, bool archived, TestUser? user = null) =>
        await FindAsync(conversation, archived, user) is not null;

    private async Task<string?> TitleAsync(string conversation, bool archived = false) =>
        (await FindAsync(conversation, archived, user: null))?.GetProperty("title").GetString();

    private async Task<JsonElement?> FindAsync(string conversation, bool archived, TestUser? user)
    {
        var list = await world.GetAsync($"{SseWorld.List}?limit=100&is_archived={(archived ? "true" : "false")}", user);
        return list.Body.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("id").GetString() == conversation)
            .Select(item => (JsonElement?)item)
            .SingleOrDefault();
    }
}
