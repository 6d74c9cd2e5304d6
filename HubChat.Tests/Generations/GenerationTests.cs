using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Generations;

public sealed class GenerationTests : IAsyncLifetime
{
    private readonly HubChatApp _app = new(new Dictionary<string, string> { ["ReplyQueue:MaxPerChat"] = "3", ["Generation:MaxOutputLength"] = "1000" });
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
        await _adas.WatchAsync(_chat, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _adas.DisposeAsync();
        await _bobs.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Questions_of_one_chat_are_answered_one_after_the_other_in_order()
    {
        await _adas.PostAsync(_chat, "@assistant one", "c-1", Token);
        await _bobs.PostAsync(_chat, "@assistant two", "c-2", Token);
        var first = await _app.Model.NextTurnAsync(Token);
        Assert.Contains("one", first.Prompt[^1].Text, StringComparison.Ordinal);
        Assert.Equal(["running", "queued"], (await RepliesAsync()).Select(reply => Text(reply, "state")));

        first.Say("answer one");
        first.Finish();
        var second = await _app.Model.NextTurnAsync(Token);
        Assert.Contains("two", second.Prompt[^1].Text, StringComparison.Ordinal);
        Assert.Contains(second.Prompt, message => message.Text == "answer one");
        second.Say("answer two");
        second.Finish();
        await _adas.NextEventAsync("generation.completed", Token);
        await _adas.NextEventAsync("generation.completed", Token);
        Assert.Equal(["answer one", "answer two"], (await RepliesAsync()).Select(reply => Text(reply, "text")));
    }

    [Fact]
    public async Task Full_queue_refuses_and_stores_nothing()
    {
        for (var i = 0; i < 3; i++)
        {
            await _adas.PostAsync(_chat, $"@assistant {i}", $"c-{i}", Token);
        }

        Assert.Equal("queue_full", await _adas.RefusedAsync("PostMessage", Token, new { chatId = _chat, text = "@assistant 4", clientMessageId = "c-4" }));
        Assert.Equal(6, (await _adas.MessagesAsync(_chat, Token)).Count);
    }

    [Fact]
    public async Task Waiting_reply_is_stopped_at_once_and_its_readers_are_told()
    {
        await _adas.PostAsync(_chat, "@assistant one", "c-1", Token);
        await _app.Model.NextTurnAsync(Token);
        var waiting = await _adas.PostAsync(_chat, "@assistant two", "c-2", Token);
        await using var reading = _bobs.StreamAsync("StreamReply", Token, Text(waiting, "generationId"), 0, 0).GetAsyncEnumerator(Token);
        var first = reading.MoveNextAsync();

        Assert.Equal("stopped", Text(await _adas.CallAsync("StopGeneration", Token, Text(waiting, "generationId")), "state"));
        Assert.True(await first);
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal("stopped", Text(reading.Current, "state"));
        Assert.Equal("stopped", Text(await _adas.CallAsync("StopGeneration", Token, Text(waiting, "generationId")), "state"));
    }

    [Fact]
    public async Task Who_may_stop_is_the_asker_and_the_owner_unless_the_chat_says_everyone()
    {
        var eve = await _app.SignUpAsync("eve", Token);
        await _adas.CallAsync("AddParticipant", Token, new { chatId = _chat, username = "eve" });
        await using var eves = await eve.ConnectAsync(Token);
        var asked = await _bobs.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);

        Assert.Equal("forbidden", await eves.RefusedAsync("StopGeneration", Token, Text(asked, "generationId")));
        await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, whoMayStop = "everyone" });
        await eves.CallAsync("StopGeneration", Token, Text(asked, "generationId"));
        await turn.Cancelled.WaitAsync(Token);
    }

    [Fact]
    public async Task Cancelled_stream_and_closed_connection_do_not_end_the_reply()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (var bobs = await _bob.ConnectAsync(Token))
        {
            await using var asking = bobs.StreamAsync("Ask", leaving.Token, new { chatId = _chat, text = "go", clientMessageId = "c-1" }).GetAsyncEnumerator(Token);
            Assert.True(await asking.MoveNextAsync());
            await leaving.CancelAsync();
        }

        var turn = await _app.Model.NextTurnAsync(Token);
        Assert.False(turn.Cancelled.IsCompleted);
        turn.Say("still here");
        turn.Finish();
        Assert.Equal("still here", Text((await _adas.NextEventAsync("generation.completed", Token)).GetProperty("message"), "text"));
    }

    [Fact]
    public async Task Prompt_names_the_speakers_and_holds_this_chat_only()
    {
        var other = await _adas.CreateChatAsync(Token);
        await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = other, assistant = "off" });
        await _adas.PostAsync(other, "of another chat", "o-1", Token);
        await _adas.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, systemPrompt = "Be brief.", temperature = 0.5 });
        await _adas.PostAsync(_chat, "I am ada", "c-1", Token);
        await _bobs.PostAsync(_chat, "@assistant and I?", "c-2", Token);

        var turn = await _app.Model.NextTurnAsync(Token);
        Assert.StartsWith("Be brief.", turn.Prompt[0].Text, StringComparison.Ordinal);
        Assert.Equal(["[ada]\nI am ada", "[bob]\n@assistant and I?"], turn.Prompt.Skip(1).Select(message => message.Text));
        Assert.Equal(["ada", "bob"], turn.Prompt.Skip(1).Select(message => message.AuthorName));
        Assert.Equal(0.5f, turn.Options!.Temperature);
        turn.Finish();
    }

    [Fact]
    public async Task Prompt_keeps_the_newest_messages_that_fit()
    {
        for (var i = 0; i < 20; i++)
        {
            await _adas.PostAsync(_chat, $"{i} {new string('x', 1_000)}", $"c-{i}", Token);
        }

        await _adas.PostAsync(_chat, "@assistant go", "ask", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        Assert.InRange(turn.Prompt.Sum(message => message.Text.Length), 5_000, (4_096 - 1_024) * 3);
        Assert.Contains("@assistant go", turn.Prompt[^1].Text, StringComparison.Ordinal);
        Assert.Contains("19 x", turn.Prompt[^2].Text, StringComparison.Ordinal);
        turn.Finish();
    }

    [Fact]
    public async Task Regenerated_reply_is_told_the_way_to_its_question_not_the_other_branch()
    {
        var asked = await _adas.PostAsync(_chat, "@assistant one", "c-1", Token);
        var first = await _app.Model.NextTurnAsync(Token);
        first.Say("first answer");
        first.Finish();
        await _adas.NextEventAsync("generation.completed", Token);
        await _adas.CallAsync("Regenerate", Token, new { chatId = _chat, messageId = Text(asked, "replyId") });
        var second = await _app.Model.NextTurnAsync(Token);
        Assert.DoesNotContain(second.Prompt, message => message.Text.Contains("first answer", StringComparison.Ordinal));
        second.Finish();
    }

    [Fact]
    public async Task Output_over_its_limit_is_cut_and_says_so()
    {
        await _adas.PostAsync(_chat, "@assistant go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say(new string('a', 999) + "😀 and more");
        var message = (await _adas.NextEventAsync("generation.completed", Token)).GetProperty("message");
        Assert.Equal(("done", "length", 999), (Text(message, "state"), Text(message, "finishReason"), Text(message, "text").Length));
        await turn.Cancelled.WaitAsync(Token);
    }

    private async Task<IReadOnlyList<JsonElement>> RepliesAsync() =>
        [.. (await _adas.MessagesAsync(_chat, Token)).Where(message => Text(message, "role") == "assistant")];

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
