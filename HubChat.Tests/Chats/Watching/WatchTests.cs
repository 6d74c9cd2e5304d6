using System.Text.Json;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Chats.Watching;

public sealed class WatchTests : IAsyncLifetime
{
    private readonly HubChatApp _app = new(new Dictionary<string, string> { ["Realtime:TailCheckInterval"] = "00:00:00.200", ["Chats:MaxCatchUpEvents"] = "20" });
    private TestUser _ada = null!;
    private TestUser _bob = null!;
    private TestConnection _adas = null!;
    private TestConnection _bobs = null!;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app.Model.Hold = true;
        _ada = await _app.SignUpAsync("ada", Token);
        _bob = await _app.SignUpAsync("bob", Token);
        _adas = await _ada.ConnectAsync(Token);
        _bobs = await _bob.ConnectAsync(Token);
        _chat = await _adas.CreateChatAsync(Token, _bob);
    }

    public async ValueTask DisposeAsync()
    {
        await _adas.DisposeAsync();
        await _bobs.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Late_joiner_gets_the_text_so_far_and_the_rest_live()
    {
        await _adas.WatchAsync(_chat, Token);
        await _adas.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("The first part. ");
        await _adas.NextAsync(Token, "delta");

        var snapshot = await _bobs.WatchAsync(_chat, Token);
        turn.Say("The second part.");
        turn.Finish();

        var reply = snapshot.GetProperty("snapshot").GetProperty("messages").EnumerateArray().Last();
        Assert.Equal("The first part. ", Text(reply, "text"));
        Assert.Equal(16, snapshot.GetProperty("position").GetProperty("generations")[0].GetProperty("off").GetInt32());
        var delta = await _bobs.NextAsync(Token, "delta");
        Assert.Equal((16, "The second part."), (delta.GetProperty("off").GetInt32(), Text(delta, "text")));
        Assert.Equal(32, (await _bobs.NextAsync(Token, "done")).GetProperty("length").GetInt32());
    }

    [Fact]
    public async Task Reader_who_comes_back_gets_the_missing_events_and_text_and_nothing_else()
    {
        await _adas.WatchAsync(_chat, Token);
        await _adas.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("12345");
        await _adas.NextAsync(Token, "delta");
        var position = (await _bobs.WatchAsync(_chat, Token)).GetProperty("position");
        await _bobs.DisposeAsync();

        turn.Say("67890");
        await _adas.NextAsync(Token, "delta");
        await _adas.PostAsync(_chat, "meanwhile", "c-2", Token);
        _bobs = await _bob.ConnectAsync(Token);
        var missed = await _bobs.CallAsync(
            "WatchChat", Token, new { chatId = _chat, afterSeq = position.GetProperty("seq").GetInt64(), generations = position.GetProperty("generations") });

        var chatEvent = Assert.Single(missed.GetProperty("events").EnumerateArray());
        Assert.Equal("meanwhile", Text(chatEvent.GetProperty("message"), "text"));
        var delta = Assert.Single(missed.GetProperty("replies").EnumerateArray());
        Assert.Equal((5, "67890"), (delta.GetProperty("off").GetInt32(), Text(delta, "text")));
        turn.Finish();
    }

    [Fact]
    public async Task Watched_chat_knows_where_its_log_stands()
    {
        // Or the first event that is announced would be taken for the next one, though another one precedes it.
        var position = (await _bobs.WatchAsync(_chat, Token)).GetProperty("position").GetProperty("seq").GetInt64();

        Assert.True(_app.Services.GetRequiredService<ChatFeed>().TryGetTopic(new ChatId(Guid.Parse(_chat)), out var topic));
        Assert.Equal(position, topic.LastSeq);
    }

    [Fact]
    public async Task Settings_that_are_as_they_were_are_no_event()
    {
        await _adas.WatchAsync(_chat, Token);
        var before = (await _adas.CallAsync("GetChat", Token, _chat)).GetProperty("seq").GetInt64();
        var set = await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "always" });
        var same = await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "always", model = (string?)null });
        var prompted = await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, systemPrompt = "Be brief." });
        Assert.Equal([before + 1, before + 1, before + 2], new[] { set, same, prompted }.Select(chat => chat.GetProperty("seq").GetInt64()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public async Task Position_too_far_behind_or_ahead_is_answered_by_a_snapshot(long afterSeq)
    {
        for (var i = 0; i < 25; i++)
        {
            await _adas.PostAsync(_chat, $"{i}", $"c-{i}", Token);
        }

        var answer = await _bobs.CallAsync("WatchChat", Token, new { chatId = _chat, afterSeq });
        Assert.Equal(25, answer.GetProperty("snapshot").GetProperty("messages").GetArrayLength());
    }

    [Fact]
    public async Task Old_epoch_is_answered_by_a_reset()
    {
        await _adas.WatchAsync(_chat, Token);
        var posted = await _adas.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("whole");
        await _adas.NextAsync(Token, "delta");

        var answer = await _bobs.CallAsync(
            "WatchChat", Token, new { chatId = _chat, afterSeq = posted.GetProperty("seq").GetInt64(), generations = new[] { new { id = Text(posted, "generationId"), epoch = 0, off = 3 } } });

        var reset = Assert.Single(answer.GetProperty("replies").EnumerateArray());
        Assert.Equal(("reset", "whole"), (Text(reset, "kind"), Text(reset, "text")));
        turn.Finish();
    }

    [Fact]
    public async Task Presence_follows_watching_and_typing_is_seen_by_the_others()
    {
        var alone = await _adas.WatchAsync(_chat, Token);
        Assert.Equal([_ada.Id], Ids(alone.GetProperty("snapshot").GetProperty("presence")));
        var both = await _bobs.WatchAsync(_chat, Token);
        Assert.Equal([_ada.Id, _bob.Id], Ids(both.GetProperty("snapshot").GetProperty("presence")));
        Assert.Equal([_ada.Id, _bob.Id], Ids((await PresenceOf(2)).GetProperty("userIds")));

        await _bobs.CallAsync("Typing", Token, _chat, true);
        Assert.Equal(_bob.Id, Text(await _adas.NextAsync(Token, "typing"), "userId"));
        await _bobs.CallAsync("UnwatchChat", Token, _chat);
        Assert.Equal([_ada.Id], Ids((await PresenceOf(1)).GetProperty("userIds")));

        async Task<JsonElement> PresenceOf(int people)
        {
            while (true)
            {
                var update = await _adas.NextAsync(Token, "presence");
                if (update.GetProperty("userIds").GetArrayLength() == people)
                {
                    return update;
                }
            }
        }
    }

    [Fact]
    public async Task Watching_again_replaces_the_former_watch()
    {
        await _bobs.WatchAsync(_chat, Token);
        await _bobs.WatchAsync(_chat, Token);
        await _adas.PostAsync(_chat, "once", "c-1", Token);
        await _adas.PostAsync(_chat, "twice", "c-2", Token);
        Assert.Equal("once", Text((await _bobs.NextEventAsync("message.posted", Token)).GetProperty("message"), "text"));
        Assert.Equal("twice", Text((await _bobs.NextEventAsync("message.posted", Token)).GetProperty("message"), "text"));
    }

    [Fact]
    public async Task Newest_number_is_told_regularly()
    {
        await _bobs.WatchAsync(_chat, Token);
        var posted = await _adas.PostAsync(_chat, "hello", "c-1", Token);
        while ((await _bobs.NextAsync(Token, "top")).GetProperty("seq").GetInt64() < posted.GetProperty("seq").GetInt64())
        {
        }
    }

    [Fact]
    public async Task Removed_person_is_told_and_sees_nothing_more()
    {
        await _bobs.WatchAsync(_chat, Token);
        await _adas.CallAsync("RemoveParticipant", Token, new { chatId = _chat, userId = _bob.Id });
        await _adas.PostAsync(_chat, "secret", "c-1", Token);

        var closed = await _bobs.NextAsync(Token, "closed");
        Assert.Equal("removed", Text(closed, "reason"));
        Assert.Equal("not_found", await _bobs.RefusedAsync("WatchChat", Token, new { chatId = _chat }));
        Assert.False(_bobs.Updates.TryPeek(out var later), $"{later}");
    }

    [Fact]
    public async Task Deleted_chat_closes_its_watches_and_ends_its_reply()
    {
        await _bobs.WatchAsync(_chat, Token);
        await _adas.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        await _adas.CallAsync("DeleteChat", Token, _chat);
        Assert.Equal("deleted", Text(await _bobs.NextAsync(Token, "closed"), "reason"));
        await turn.Cancelled.WaitAsync(Token);
        Assert.Equal("not_found", await _adas.RefusedAsync("GetChat", Token, _chat));
    }

    [Fact]
    public async Task Inbox_tells_of_new_chats_titles_unread_and_running_replies()
    {
        var before = await _bobs.CallAsync("WatchInbox", Token);
        Assert.Equal(1, before.GetProperty("chats").GetArrayLength());
        await _adas.PostAsync(_chat, "@assistant Hello", "c-1", Token);

        var changed = await InboxAsync(chat => chat.GetProperty("running").GetBoolean());
        Assert.Equal(("Hello", 2), (Text(changed, "title"), changed.GetProperty("unread").GetInt32()));

        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("Hi");
        turn.Finish();
        changed = await InboxAsync(chat => !chat.GetProperty("running").GetBoolean());
        Assert.Equal("Hi", Text(changed.GetProperty("lastMessage"), "preview"));

        await _bobs.CallAsync("MarkRead", Token, _chat, changed.GetProperty("seq").GetInt64());
        Assert.Equal(0, (await InboxAsync(chat => chat.GetProperty("unread").GetInt32() == 0)).GetProperty("unread").GetInt32());
        await _adas.CallAsync("RemoveParticipant", Token, new { chatId = _chat, userId = _bob.Id });
        await foreach (var update in _bobs.Inbox.ReadAllAsync(Token))
        {
            if (Text(update, "kind") == "removed")
            {
                Assert.Equal(_chat, Text(update, "chatId"));
                break;
            }
        }

        async Task<JsonElement> InboxAsync(Func<JsonElement, bool> condition)
        {
            await foreach (var update in _bobs.Inbox.ReadAllAsync(Token))
            {
                if (Text(update, "kind") == "chat" && condition(update.GetProperty("chat")))
                {
                    return update.GetProperty("chat");
                }
            }

            throw new InvalidOperationException("The connection closed.");
        }
    }

    [Fact]
    public async Task Reading_moves_forward_to_messages_only_and_never_back()
    {
        var first = await _adas.PostAsync(_chat, "one", "c-1", Token);
        await _adas.PostAsync(_chat, "two", "c-2", Token);
        await _bobs.WatchAsync(_chat, Token);
        await _bobs.CallAsync("MarkRead", Token, _chat, 1_000);
        var moved = await _bobs.NextEventAsync("read.moved", Token);
        await _bobs.CallAsync("MarkRead", Token, _chat, 1_001);
        await _bobs.CallAsync("MarkRead", Token, _chat, first.GetProperty("seq").GetInt64());

        var chat = await _bobs.CallAsync("GetChat", Token, _chat);
        Assert.Equal(moved.GetProperty("seq").GetInt64(), chat.GetProperty("seq").GetInt64());
        var bob = chat.GetProperty("participants").EnumerateArray().Single(participant => Text(participant, "userId") == _bob.Id);
        Assert.Equal(moved.GetProperty("readSeq").GetInt64(), bob.GetProperty("readSeq").GetInt64());
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private static IReadOnlyList<string> Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetString()!).Order()];
}
