using System.Text.Json.Nodes;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>One conversation through this door and through the hub: the same text, live in both.</summary>
public sealed class CrossDoorTests(SseWorld world) : IClassFixture<SseWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asked_here_it_is_seen_live_at_the_hub()
    {
        await using var ada = await world.Ada.ConnectAsync(Token);
        await using var bob = await world.Bob.ConnectAsync(Token);
        var chat = await ada.CreateChatAsync(Token, world.Bob);
        await bob.WatchAsync(chat, Token);

        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", chat, "msg_001"));
        await using var reading = stream;
        Assert.Equal("Hello", (await bob.NextEventAsync("message.posted", Token)).GetProperty("message").GetProperty("text").GetString());
        turn.Say("Hi");
        Assert.Equal("Hi", (await bob.NextAsync(Token, "delta")).GetProperty("text").GetString());
        turn.Say(" there");
        turn.Finish();
        var frames = await reading.RestAsync(Token);
        Assert.Equal("done", (await bob.NextAsync(Token, "done")).GetProperty("state").GetString());

        Assert.Equal(["Hello", "Hi there"], (await bob.MessagesAsync(chat, Token)).Select(message => message.GetProperty("text").GetString()));
        Assert.Equal("Hi there", SseWorld.TextOf(frames));
        Assert.Equal(SseWorld.ReplyOf(frames), (await bob.MessagesAsync(chat, Token))[1].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Conversation_begun_here_appears_at_the_hub_at_once()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        await hub.CallAsync("WatchInbox", Token);

        var frames = await world.AskAsync("Begun here");

        // What other tests did before may still be told too.
        await Eventually.HoldsAsync(
            () => hub.Inbox.TryRead(out var update) && update.GetRawText().Contains(SseWorld.ConversationOf(frames), StringComparison.Ordinal), Token);
        var messages = await hub.MessagesAsync(SseWorld.ConversationOf(frames), Token);
        Assert.Equal(["Begun here", SseWorld.TextOf(frames)], messages.Select(message => message.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Asked_at_the_hub_it_is_read_here_live_by_everybody()
    {
        world.App.Model.Hold = true;
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chat = await ada.CreateChatAsync(Token, world.Bob);
        await ada.PostAsync(chat, "From the hub, @assistant", "c-1", Token);
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        turn.Say("Half ");
        await using var adas = await world.JoinAsync(chat, world.Ada);
        await using var bobs = await world.JoinAsync(chat, world.Bob);
        var (seen, bobSeen) = (await adas.UntilAsync('p', Token), await bobs.UntilAsync('p', Token));
        turn.Say("and half");
        turn.Finish();
        seen.AddRange(await adas.RestAsync(Token));
        bobSeen.AddRange(await bobs.RestAsync(Token));

        Assert.Equal(seen.Select(frame => frame.Raw), bobSeen.Select(frame => frame.Raw));
        Assert.Equal(("ETIAMppFCD", "Half and half"), (SseWorld.KindsOf(seen), SseWorld.TextOf(seen)));
        var input = seen[2].Json.GetProperty("input_message");
        var stored = (await ada.MessagesAsync(chat, Token))[0];
        Assert.Equal(stored.GetProperty("id").GetString(), input.GetProperty("id").GetString());
        Assert.Equal("From the hub, @assistant", input.GetProperty("content").GetProperty("parts")[0].GetString());
        Assert.Equal("From the hub, @assistant", (await world.MessageAsync(chat, stored.GetProperty("id").GetString()!)).GetProperty("content").GetProperty("parts")[0].GetString());
    }

    [Fact]
    public async Task Begun_here_and_followed_at_the_hub_it_is_gone_on_with_here()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        turn.Say("One ");
        var seen = await stream.UntilAsync('p', Token);
        await stream.DisposeAsync();
        var chat = SseWorld.ConversationOf(seen);

        // The hub, with a connection that breaks and comes again.
        await (await world.Ada.ConnectAsync(Token)).DisposeAsync();
        await using var hub = await world.Ada.ConnectAsync(Token);
        await hub.WatchAsync(chat, Token);
        turn.Say("two ");
        await hub.NextAsync(Token, "delta");
        await using var resumed = await world.ResumeAsync(seen, seen.Count);
        seen.AddRange(await resumed.UntilAsync('p', Token));
        turn.Say("three");
        turn.Finish();
        seen.AddRange(await resumed.RestAsync(Token));
        await hub.NextAsync(Token, "done");

        Assert.Equal(("ETIAMpppFCD", "One two three"), (SseWorld.KindsOf(seen), SseWorld.TextOf(seen)));
        Assert.Equal("One two three", (await hub.MessagesAsync(chat, Token))[1].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Stopped_at_the_hub_it_is_interrupted_here()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        await using var hub = await world.Ada.ConnectAsync(Token);
        var reply = (await hub.MessagesAsync(SseWorld.ConversationOf(seen), Token))[1];

        await hub.CallAsync("StopGeneration", Token, reply.GetProperty("generationId").GetString());
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal(("interrupted", "Half"), (SseWorld.StatusOf(seen), SseWorld.TextOf(seen)));
    }

    [Fact]
    public async Task Reply_that_goes_on_is_another_turn()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half ");
        var seen = await reading.UntilAsync('p', Token);
        var chat = SseWorld.ConversationOf(seen);
        await world.PostAsync(SseWorld.Stop, new JsonObject { ["conversation_id"] = chat });
        seen.AddRange(await reading.RestAsync(Token));
        await using (var before = await world.ResumeAsync(seen, 0))
        {
            Assert.Equal(seen.Select(frame => frame.Raw), (await before.RestAsync(Token)).Select(frame => frame.Raw));
        }

        // With another model: what was told of the first turn would not be told again to the letter.
        await using var hub = await world.Ada.ConnectAsync(Token);
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, model = HubChatApp.TitledModelName });
        world.App.Model.Hold = true;
        await hub.CallAsync("ContinueReply", Token, new { chatId = chat, messageId = SseWorld.ReplyOf(seen) });
        var next = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;

        var gone = await world.PostAsync(SseWorld.ResumePath, SseWorld.ResumeBody(chat, 0), null, ("X-Conduit-Token", SseWorld.TokenOf(seen)));
        Assert.Equal((410, "stream_expired", null), SseWorld.RefusalOf(gone));
        await using var joined = await world.JoinAsync(chat);
        next.Say("and half");
        next.Finish();
        Assert.Equal("Half and half", SseWorld.TextOf(await joined.RestAsync(Token)));
    }

    [Fact]
    public async Task Question_that_waits_at_the_hub_makes_the_conversation_busy_here()
    {
        world.App.Model.Hold = true;
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await hub.PostAsync(chat, "First, @assistant", "c-1", Token);
        await hub.PostAsync(chat, "Second, @assistant", "c-2", Token);
        var first = await world.App.Model.NextTurnAsync(Token);
        await AssertBusyAsync(chat);

        first.Say("One");
        first.Finish();
        var second = await world.App.Model.NextTurnAsync(Token);
        await AssertBusyAsync(chat);
        world.App.Model.Hold = false;
        second.Say("Two");
        second.Finish();
        await Eventually.HoldsAsync(async () => (await hub.MessagesAsync(chat, Token)).All(message => message.GetProperty("state").GetString() is null or "done" or "sent"), Token);

        var frames = await world.AskAsync("Third", chat);
        Assert.Equal("finished_successfully", SseWorld.StatusOf(frames));
        Assert.Equal(6, (await hub.MessagesAsync(chat, Token)).Count);
    }

    [Fact]
    public async Task Question_at_the_hub_waits_for_the_one_asked_here()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("First"));
        await using var reading = stream;
        var begun = await reading.UntilAsync('A', Token);
        var chat = SseWorld.ConversationOf(begun);
        await using var hub = await world.Ada.ConnectAsync(Token);
        await hub.PostAsync(chat, "Second", "c-1", Token);
        turn.Say("One");
        turn.Finish();
        await reading.RestAsync(Token);

        await Eventually.HoldsAsync(async () => (await hub.MessagesAsync(chat, Token))[^1].GetProperty("text").GetString() == "You said: Second ", Token);
    }

    [Theory]
    [InlineData(20)]
    public async Task Of_senders_at_the_same_moment_one_is_answered_and_the_others_leave_no_trace(int senders)
    {
        var first = await world.AskAsync("Hello");
        var conversation = SseWorld.ConversationOf(first);
        var before = await Stored.InAsync(world.App);
        world.App.Model.Hold = true;

        var answers = Enumerable.Range(0, senders).Select(number => world.PostAsync(
            SseWorld.Converse, SseWorld.Question($"Number {number}", conversation, $"msg_{number}"))).ToList();
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;

        // The one that is answered ends when the test says so: all others have been refused before.
        while (answers.Count > 1)
        {
            var refused = await Task.WhenAny(answers);
            answers.Remove(refused);
            var answer = await refused;
            Assert.Equal((409, "conversation_busy", null), SseWorld.RefusalOf(answer));
            Assert.Equal("1", answer.Header("Retry-After"));
        }

        turn.Say("Hi");
        turn.Finish();
        Assert.Equal(200, (int)(await answers.Single()).Status);
        var after = await Stored.InAsync(world.App);
        Assert.Equal((before.Messages + 2, before.Generations + 1), (after.Messages, after.Generations));
    }

    private async Task AssertBusyAsync(string chat)
    {
        var before = await Stored.InAsync(world.App);
        foreach (var user in new[] { world.Ada, world.Bob })
        {
            Assert.Equal((409, "conversation_busy", null), SseWorld.RefusalOf(await world.PostAsync(SseWorld.Converse, SseWorld.Question("Third", chat), user)));
        }

        Assert.Equal(before, await Stored.InAsync(world.App));
    }
}
