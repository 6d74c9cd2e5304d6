using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Chats;

public sealed class MessageTests : IAsyncLifetime
{
    private readonly HubChatApp _app = new();
    private TestUser _ada = null!;
    private TestConnection _hub = null!;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ada = await _app.SignUpAsync("ada", Token);
        _hub = await _ada.ConnectAsync(Token);
        _chat = await _hub.CreateChatAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Messages_follow_one_another_and_the_reply_follows_its_question()
    {
        await AskAsync("one", "c-1");
        await AskAsync("two", "c-2");

        var messages = await _hub.MessagesAsync(_chat, Token);

        Assert.Equal(["user", "assistant", "user", "assistant"], messages.Select(message => Text(message, "role")));
        for (var i = 1; i < messages.Count; i++)
        {
            Assert.Equal(Text(messages[i - 1], "id"), Text(messages[i], "parentId"));
        }

        Assert.Equal("done", Text(messages[^1], "state"));
        Assert.Equal("You said: two ", Text(messages[^1], "text"));
    }

    [Fact]
    public async Task Edit_makes_a_sibling_and_asks_again()
    {
        var first = await AskAsync("Whats up", "c-1");
        var edited = await _hub.CallAsync(
            "EditMessage", Token, new { chatId = _chat, messageId = Text(first, "messageId"), text = "What's up?", clientMessageId = "c-2", baseSeq = first.GetProperty("seq").GetInt64() });
        await EndOfAsync(edited);

        var messages = await _hub.MessagesAsync(_chat, Token);
        var sibling = messages.Single(message => Text(message, "id") == Text(edited, "messageId"));
        Assert.Equal(Text(first, "messageId"), Text(sibling, "editOf"));
        Assert.False(sibling.TryGetProperty("parentId", out _));
        Assert.Equal("You said: What's up? ", Text(messages[^1], "text"));
        Assert.Equal("Whats up", Text(messages[0], "text"));
        Assert.Equal(Text(messages[^1], "id"), Text(await _hub.CallAsync("GetChat", Token, _chat), "headId"));
    }

    [Fact]
    public async Task Edit_of_what_has_changed_meanwhile_is_refused()
    {
        var first = await AskAsync("one", "c-1");
        object Edit(string id, long baseSeq) => new { chatId = _chat, messageId = Text(first, "messageId"), text = "two", clientMessageId = id, baseSeq };
        await EndOfAsync(await _hub.CallAsync("EditMessage", Token, Edit("c-2", first.GetProperty("seq").GetInt64())));

        Assert.Equal("stale_edit", await _hub.RefusedAsync("EditMessage", Token, Edit("c-3", first.GetProperty("seq").GetInt64())));
        Assert.Equal(4, (await _hub.MessagesAsync(_chat, Token)).Count);
    }

    [Fact]
    public async Task Regenerate_makes_a_sibling_of_the_reply_once_per_client_id()
    {
        var asked = await AskAsync("one", "c-1");
        var request = new { chatId = _chat, messageId = Text(asked, "replyId"), clientMessageId = "r-1" };
        var again = await _hub.CallAsync("Regenerate", Token, request);
        await EndOfAsync(again);
        var repeated = await _hub.CallAsync("Regenerate", Token, request);

        Assert.True(repeated.GetProperty("duplicate").GetBoolean());
        Assert.Equal(Text(again, "messageId"), Text(repeated, "messageId"));
        var replies = (await _hub.MessagesAsync(_chat, Token)).Where(message => Text(message, "role") == "assistant").ToList();
        Assert.Equal(2, replies.Count);
        Assert.Equal(Text(replies[0], "parentId"), Text(replies[1], "parentId"));
    }

    [Fact]
    public async Task Reply_that_was_stopped_can_be_continued_and_keeps_its_text()
    {
        _app.Model.Hold = true;
        await _hub.WatchAsync(_chat, Token);
        var asked = await _hub.PostAsync(_chat, "count", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("one two");
        await _hub.NextAsync(Token, "delta");
        Assert.Equal("stopping", Text(await _hub.CallAsync("StopGeneration", Token, Text(asked, "generationId")), "state"));
        await turn.Cancelled.WaitAsync(Token);
        var stopped = await _hub.NextEventAsync("generation.completed", Token);
        Assert.Equal("stopped", Text(stopped.GetProperty("message"), "state"));
        Assert.Equal(_ada.Id, Text(stopped.GetProperty("message"), "stoppedBy"));

        var continued = await _hub.CallAsync("ContinueReply", Token, new { chatId = _chat, messageId = Text(asked, "replyId") });
        Assert.Equal(Text(asked, "replyId"), Text(continued, "replyId"));
        var second = await _app.Model.NextTurnAsync(Token);
        Assert.Contains(second.Prompt, message => message.Text == "one two");
        second.Say(" three");
        second.Finish();
        var completed = await _hub.NextEventAsync("generation.completed", Token);

        Assert.Equal("one two three", Text(completed.GetProperty("message"), "text"));
        Assert.Equal("done", Text(completed.GetProperty("message"), "state"));
        Assert.Equal("not_continuable", await _hub.RefusedAsync("ContinueReply", Token, new { chatId = _chat, messageId = Text(asked, "replyId") }));

        // Whoever repeats the question is given what became of its answer.
        var repeated = await _hub.PostAsync(_chat, "count", "c-1", Token);
        Assert.Equal(
            (true, Text(continued, "generationId"), Text(asked, "replyId")),
            (repeated.GetProperty("duplicate").GetBoolean(), Text(repeated, "generationId"), Text(repeated, "replyId")));
    }

    [Fact]
    public async Task History_is_paged_by_number_both_ways()
    {
        await _hub.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        for (var i = 1; i <= 7; i++)
        {
            await _hub.PostAsync(_chat, $"{i}", $"c-{i}", Token);
        }

        async Task<(string Texts, bool More)> PageAsync(object request)
        {
            var page = await _hub.CallAsync("GetMessages", Token, request);
            return (string.Concat(page.GetProperty("messages").EnumerateArray().Select(message => Text(message, "text"))), page.GetProperty("hasMore").GetBoolean());
        }

        var all = await _hub.MessagesAsync(_chat, Token);
        long Seq(int index) => all[index].GetProperty("seq").GetInt64();
        Assert.Equal(("567", true), await PageAsync(new { chatId = _chat, limit = 3 }));
        Assert.Equal(("34", true), await PageAsync(new { chatId = _chat, beforeSeq = Seq(4), limit = 2 }));
        Assert.Equal(("12", false), await PageAsync(new { chatId = _chat, beforeSeq = Seq(2), limit = 2 }));
        Assert.Equal(("456", true), await PageAsync(new { chatId = _chat, afterSeq = Seq(2), limit = 3 }));
        Assert.Equal(("7", false), await PageAsync(new { chatId = _chat, afterSeq = Seq(5), limit = 3 }));
    }

    [Fact]
    public async Task Title_comes_from_the_first_message_and_a_persons_own_is_kept()
    {
        await AskAsync("@assistant Where is **Lisbon**?\nAnd why?", "c-1");
        var chat = await _hub.CallAsync("GetChat", Token, _chat);
        Assert.Equal(("Where is **Lisbon**? And why?", "message"), (Text(chat, "title"), Text(chat, "titleSource")));

        await _hub.CallAsync("RenameChat", Token, new { chatId = _chat, title = " Portugal " });
        await AskAsync("more", "c-2");
        chat = await _hub.CallAsync("GetChat", Token, _chat);
        Assert.Equal(("Portugal", "user"), (Text(chat, "title"), Text(chat, "titleSource")));
    }

    [Theory]
    [InlineData("hello @assistant", true)]
    [InlineData("@Assistant: hello", true)]
    [InlineData("ask the assistant", false)]
    [InlineData("mail me@assistant.org", false)]
    [InlineData("@assistants", false)]
    public async Task With_several_people_the_assistant_answers_when_it_is_mentioned(string text, bool answers)
    {
        var bob = await _app.SignUpAsync("bob", Token);
        var chat = await _hub.CreateChatAsync(Token, bob);
        var posted = await _hub.PostAsync(chat, text, "c-1", Token);
        Assert.Equal(answers, posted.TryGetProperty("generationId", out _));
    }

    [Fact]
    public async Task Ask_is_refused_where_the_assistant_is_off_and_stores_nothing()
    {
        await _hub.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        var refusal = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var _ in _hub.StreamAsync("Ask", Token, new { chatId = _chat, text = "hello", clientMessageId = "c-1" }))
            {
            }
        });
        Assert.Equal("assistant_off", TestConnection.CodeOf(refusal));
        Assert.Empty(await _hub.MessagesAsync(_chat, Token));
    }

    [Fact]
    public async Task Ask_again_with_the_same_id_streams_the_same_reply_from_its_start()
    {
        var question = new { chatId = _chat, text = "hello", clientMessageId = "c-1" };
        var first = await _hub.StreamAsync("Ask", Token, question).ToListAsync(Token);
        var second = await _hub.StreamAsync("Ask", Token, question).ToListAsync(Token);

        Assert.Equal(["accepted", "done"], [Text(first[0], "kind"), Text(first[^1], "kind")]);
        Assert.Equal(["queued", "done"], [Text(first[0], "state"), Text(second[0], "state")]);
        Assert.Equal(Text(first[^1], "hash"), Text(second[^1], "hash"));
        Assert.Equal("You said: hello ", string.Concat(second.Where(item => Text(item, "kind") is "reset" or "delta").Select(item => Text(item, "text"))));
        Assert.Equal(2, (await _hub.MessagesAsync(_chat, Token)).Count);
    }

    private async Task<JsonElement> AskAsync(string text, string clientMessageId)
    {
        var posted = await _hub.PostAsync(_chat, text, clientMessageId, Token);
        await EndOfAsync(posted);
        return posted;
    }

    private async Task EndOfAsync(JsonElement posted)
    {
        await foreach (var _ in _hub.StreamAsync("StreamReply", Token, Text(posted, "generationId"), 0, 0))
        {
        }
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
