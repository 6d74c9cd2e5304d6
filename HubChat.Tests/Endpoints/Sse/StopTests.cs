using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>Stopping, and whether there is anything to be stopped (docs/protocol/sse.md §6).</summary>
public sealed class StopTests(SseWorld world) : IClassFixture<SseWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "ETIAFCD")]
    [InlineData("Half a ", "ETIAMpFCD")]
    public async Task Silent_model_is_stopped_and_its_call_ended(string text, string kinds)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        var seen = await reading.UntilAsync('A', Token);
        if (text.Length > 0)
        {
            turn.Say(text);
            seen.AddRange(await reading.UntilAsync('p', Token));
        }

        var answer = await StopAsync(SseWorld.ConversationOf(seen));

        // Who has the answer finds the text; nothing waits for the model to speak again.
        var stored = await world.MessageAsync(SseWorld.ConversationOf(seen), SseWorld.ReplyOf(seen));
        Assert.Equal(("success", SseWorld.ReplyOf(seen)), Read(answer));
        Assert.Equal(("interrupted", text), (stored.GetProperty("status").GetString(), stored.GetProperty("content").GetProperty("parts")[0].GetString()));
        seen.AddRange(await reading.RestAsync(Token));
        Assert.Equal((kinds, "interrupted"), (SseWorld.KindsOf(seen), SseWorld.StatusOf(seen)));
        await turn.Cancelled.WaitAsync(Token);
    }

    [Fact]
    public async Task Model_that_does_not_let_go_is_left_behind()
    {
        world.App.Model.IgnoresCancellation = true;
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        world.App.Model.IgnoresCancellation = false;
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);

        Assert.Equal("success", Read(await StopAsync(SseWorld.ConversationOf(seen))).Status);
        turn.Say(" more");
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(("interrupted", "Half"), (SseWorld.StatusOf(seen), SseWorld.TextOf(seen)));
        turn.Finish();
    }

    [Fact]
    public async Task Stopping_again_and_by_many_at_once_is_as_good_as_once()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        var conversation = SseWorld.ConversationOf(seen);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StopAsync(conversation)));

        Assert.All(answers, answer => Assert.Equal((200, SseWorld.ReplyOf(seen)), ((int)answer.Status, Read(answer).LastMessageId)));
        Assert.Contains(answers, answer => Read(answer).Status == "success");
        for (var times = 0; times < 2; times++)
        {
            Assert.Equal(("not_running", SseWorld.ReplyOf(seen)), Read(await StopAsync(conversation)));
        }

        seen.AddRange(await reading.RestAsync(Token));
        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(seen));
        Assert.Equal("finished_successfully", SseWorld.StatusOf(await world.AskAsync("Again", conversation)));
    }

    [Fact]
    public async Task Reply_that_waits_is_stopped_too()
    {
        world.App.Model.Hold = true;
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.PostAsync(chat, "First", "c-1", Token);
        await hub.PostAsync(chat, "Second", "c-2", Token);
        await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;

        Assert.Equal("success", Read(await StopAsync(chat)).Status);

        Assert.Equal("not_running", Read(await StopAsync(chat)).Status);
        Assert.Equal("IDLE", (await StatusAsync(chat, world.Ada)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Of_several_replies_those_are_stopped_that_one_may_stop()
    {
        var carol = await world.App.SignUpAsync("carol", Token);
        await using var hub = await world.Ada.ConnectAsync(Token);
        await using var bobs = await world.Bob.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob, carol);
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, whoMayStop = "asker" });
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Ada's", chat));
        await using var reading = stream;
        await bobs.PostAsync(chat, "@assistant Bob's", "c-1", Token);

        Assert.Equal((403, "forbidden", null), SseWorld.RefusalOf(await StopAsync(chat, carol)));
        Assert.Equal("success", Read(await StopAsync(chat, world.Bob)).Status);

        // Bob's waited and has ended; Ada's goes on.
        Assert.Equal((403, "forbidden", null), SseWorld.RefusalOf(await StopAsync(chat, world.Bob)));
        turn.Say("Hi");
        turn.Finish();
        Assert.Equal("finished_successfully", SseWorld.StatusOf(await reading.RestAsync(Token)));
        Assert.Equal("not_running", Read(await StopAsync(chat, world.Bob)).Status);
    }

    [Fact]
    public async Task Stop_that_comes_with_the_end_says_what_became_of_it()
    {
        var conversation = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        for (var round = 0; round < 40; round++)
        {
            var (turn, stream) = await world.BeginAsync(SseWorld.Question($"Hello {round}", conversation));
            await using var reading = stream;
            turn.Say("Hi");
            var stopping = Task.Run(() => StopAsync(conversation), Token);
            turn.Finish();
            var (answer, frames) = (Read(await stopping), await reading.RestAsync(Token));

            Assert.Equal(SseWorld.ReplyOf(frames), answer.LastMessageId);
            Assert.Equal(SseWorld.StatusOf(frames) == "interrupted" ? "success" : "not_running", answer.Status);
        }
    }

    [Fact]
    public async Task Deleted_messages_are_neither_running_nor_the_last()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", id: "msg_001"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        var conversation = SseWorld.ConversationOf(seen);

        await hub.CallAsync("DeleteMessage", Token, new { chatId = conversation, messageId = SseWorld.ReplyOf(seen) });

        Assert.Equal("""{"status":"IDLE"}""", (await StatusAsync(conversation, world.Ada)).GetRawText());
        await reading.RestAsync(Token);
        Assert.Equal("msg_001", Read(await StopAsync(conversation)).LastMessageId);
    }

    [Fact]
    public async Task Conversation_that_is_deleted_meanwhile_is_gone_for_who_stops()
    {
        for (var round = 0; round < 10; round++)
        {
            var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
            await using var reading = stream;
            turn.Say("Half");
            var conversation = SseWorld.ConversationOf(await reading.UntilAsync('p', Token));
            var deleting = world.SendAsync(HttpMethod.Delete, $"/backend-api/conversation/{conversation}", "");
            var stopping = StopAsync(conversation);
            await deleting;

            Assert.True((await stopping).Status is HttpStatusCode.OK or HttpStatusCode.NotFound);
            Assert.Equal((404, "conversation_not_found"), SseWorld.RefusalOf(await StopAsync(conversation)) is var (status, code, _) ? (status, code) : default);
            Assert.Equal("interrupted", SseWorld.StatusOf(await reading.RestAsync(Token)));
        }
    }

    [Fact]
    public async Task Conversation_without_messages_has_no_last_one()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);

        Assert.Equal(("not_running", null), Read(await StopAsync(await hub.CreateChatAsync(Token))));
    }

    [Theory]
    [InlineData("{}", 400, "invalid_conversation_id")]
    [InlineData("""{"conversation_id":null}""", 400, "invalid_conversation_id")]
    [InlineData("""{"conversation_id":7}""", 400, "invalid_conversation_id")]
    [InlineData("""{"conversation_id":"x"}""", 400, "invalid_conversation_id")]
    [InlineData("""{"conversation_id":"690d5b6c-0000-4000-8000-000000000001"}""", 404, "conversation_not_found")]
    public async Task Mistake_stops_nothing(string body, int status, string code)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;

        var (refused, named, _) = SseWorld.RefusalOf(await world.SendAsync(HttpMethod.Post, SseWorld.Stop, body));

        Assert.Equal((status, code), (refused, named));
        turn.Say("Hi");
        turn.Finish();
        Assert.Equal("finished_successfully", SseWorld.StatusOf(await reading.RestAsync(Token)));
    }

    [Fact]
    public async Task Status_shows_everybody_the_way_into_a_turn_while_it_runs()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        foreach (var user in new[] { world.Ada, world.Bob })
        {
            Assert.Equal("""{"status":"IDLE"}""", (await StatusAsync(chat, user)).GetRawText());
        }

        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", chat));
        await using var reading = stream;
        turn.Say("Hi");
        var seen = await reading.UntilAsync('p', Token);
        var (adas, bobs) = (await StatusAsync(chat, world.Ada), await StatusAsync(chat, world.Bob));
        await using var resumed = await world.JoinAsync(chat, world.Bob);
        turn.Finish();
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(("IS_STREAMING", SseWorld.ReplyOf(seen)), (adas.GetProperty("status").GetString(), adas.GetProperty("message_id").GetString()));
        Assert.Equal(SseWorld.TokenOf(seen), adas.GetProperty("resume_token").GetString());
        Assert.NotEqual(SseWorld.TokenOf(seen), bobs.GetProperty("resume_token").GetString());
        Assert.Equal(seen.Select(frame => frame.Raw), (await resumed.RestAsync(Token)).Select(frame => frame.Raw));
        Assert.Equal("""{"status":"IDLE"}""", (await StatusAsync(chat, world.Bob)).GetRawText());
    }

    private Task<Answer> StopAsync(string conversation, TestUser? user = null) =>
        world.PostAsync(SseWorld.Stop, new JsonObject { ["conversation_id"] = conversation }, user);

    private async Task<JsonElement> StatusAsync(string conversation, TestUser user) =>
        (await world.GetAsync($"/backend-api/conversation/{conversation}/stream_status", user)).Body;

    private static (string? Status, string? LastMessageId) Read(Answer answer) =>
        (answer.Body.GetProperty("status").GetString(), answer.Body.GetProperty("last_message_id").GetString());
}
