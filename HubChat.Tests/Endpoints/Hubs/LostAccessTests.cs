using System.Text.Json;
using HubChat.Tests.App;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class LostAccessTests : IAsyncLifetime
{
    // Promised is one second; two busy cores are given the rest.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);
    private readonly HubChatApp _app = new();
    private TestUser? _bob;
    private TestConnection? _adas;
    private TestConnection? _bobs;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var ada = await _app.SignUpAsync("ada", Token);
        _bob = await _app.SignUpAsync("bob", Token);
        _adas = await ada.ConnectAsync(Token);
        _bobs = await _bob.ConnectAsync(Token);
        _chat = await _adas.CreateChatAsync(Token, _bob);
    }

    public async ValueTask DisposeAsync()
    {
        await _adas!.DisposeAsync();
        await _bobs!.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Watch_of_a_removed_participant_closes_and_nothing_comes_after()
    {
        await _bobs!.WatchAsync(_chat, Token);
        await _adas!.WatchAsync(_chat, Token);

        await RemoveBobAsync();

        var closed = await _bobs!.NextAsync(Token, "closed").WaitAsync(Soon, Token);
        Assert.Equal("removed", closed.GetProperty("reason").GetString());
        await _adas!.PostAsync(_chat, "among ourselves", "c-1", Token);
        await _adas!.NextEventAsync("message.posted", Token);
        // Whatever was on its way to this connection is here before the answer of a call.
        await _bobs!.CallAsync("ListChats", Token, new { });
        Assert.False(_bobs.Updates.TryRead(out var late), late.ValueKind is JsonValueKind.Undefined ? "" : late.ToString());
    }

    [Fact]
    public async Task Call_of_a_removed_participant_is_refused_at_once()
    {
        await RemoveBobAsync();

        var post = new { chatId = _chat, text = "still here?", clientMessageId = "c-1" };
        Assert.Equal("not_found", await _bobs!.RefusedAsync("PostMessage", Token, post));
        Assert.Equal("not_found", await _bobs!.RefusedAsync("WatchChat", Token, new { chatId = _chat, afterSeq = 1 }));
        Assert.Equal("not_found", await _bobs!.RefusedAsync("GetMessages", Token, new { chatId = _chat }));
        Assert.Empty(await _adas!.MessagesAsync(_chat, Token));
    }

    [Theory]
    [InlineData("running")]
    [InlineData("ended")]
    [InlineData("deleted")]
    public async Task Reply_of_another_chat_is_not_told_to_who_names_it_in_a_position(string state)
    {
        _app.Model.Hold = true;
        var asked = await _adas!.PostAsync(_chat, "@assistant what is the secret?", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("xyzzy");
        await _adas!.WatchAsync(_chat, Token);
        await Eventually.HoldsAsync(async () => (await _adas!.WatchAsync(_chat, Token)).GetRawText().Contains("xyzzy", StringComparison.Ordinal), Token);
        if (state != "running")
        {
            turn.Finish();
            await _adas!.NextEventAsync("generation.completed", Token);
        }

        await RemoveBobAsync();
        if (state == "deleted")
        {
            await _adas!.CallAsync("DeleteChat", Token, _chat);
        }

        var own = await _bobs!.CreateChatAsync(Token);
        var id = asked.GetProperty("generationId").GetString();
        var answer = await _bobs!.CallAsync(
            "WatchChat", Token, new { chatId = own, afterSeq = 1, generations = new[] { new { id, epoch = 0, off = 0 } } });

        Assert.Empty(answer.GetProperty("replies").EnumerateArray());
        Assert.DoesNotContain(id!, answer.GetRawText(), StringComparison.Ordinal);
        turn.Finish();
    }

    [Fact]
    public async Task What_was_sent_is_answered_also_to_who_may_only_read_by_now()
    {
        var post = new { chatId = _chat, text = "sent as a member", clientMessageId = "c-1" };
        var sent = await _bobs!.CallAsync("PostMessage", Token, post);
        var edit = new { chatId = _chat, messageId = sent.GetProperty("messageId").GetString(), text = "edited", clientMessageId = "c-2" };
        var edited = await _bobs!.CallAsync("EditMessage", Token, edit);
        await _adas!.CallAsync("ChangeRole", Token, new { chatId = _chat, userId = _bob!.Id, role = "reader" });

        var again = await _bobs!.CallAsync("PostMessage", Token, post);
        var editedAgain = await _bobs!.CallAsync("EditMessage", Token, edit);

        Assert.Equal(
            [sent.GetProperty("messageId").GetString(), edited.GetProperty("messageId").GetString()],
            new[] { again, editedAgain }.Select(answer => answer.GetProperty("messageId").GetString()));
        Assert.True(again.GetProperty("duplicate").GetBoolean() && editedAgain.GetProperty("duplicate").GetBoolean());
        Assert.Equal("forbidden", await _bobs!.RefusedAsync("PostMessage", Token, new { chatId = _chat, text = "new", clientMessageId = "c-3" }));
        Assert.Equal(2, (await _adas!.MessagesAsync(_chat, Token)).Count);
    }

    [Fact]
    public async Task Member_who_becomes_a_reader_goes_on_reading_and_writes_no_more()
    {
        await _bobs!.WatchAsync(_chat, Token);

        await _adas!.CallAsync("ChangeRole", Token, new { chatId = _chat, userId = _bob!.Id, role = "reader" });

        Assert.Equal("forbidden", await _bobs!.RefusedAsync("PostMessage", Token, new { chatId = _chat, text = "may I?", clientMessageId = "c-1" }));
        await _adas!.PostAsync(_chat, "read this", "c-1", Token);
        Assert.Equal("read this", (await _bobs!.NextEventAsync("message.posted", Token)).GetProperty("message").GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("Ask")]
    [InlineData("StreamReply")]
    public async Task Stream_of_a_removed_participant_ends(string method)
    {
        _app.Model.Hold = true;
        var arguments = method == "Ask"
            ? [new { chatId = _chat, text = "Tell me", clientMessageId = "c-1" }]
            : new object[] { (await _adas!.PostAsync(_chat, "@assistant, tell us", "c-1", Token)).GetProperty("generationId").GetString()!, 0, 0 };
        await using var stream = _bobs!.StreamAsync(method, Token, arguments).GetAsyncEnumerator(Token);
        Assert.True(await stream.MoveNextAsync());
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say("Once upon a time");
        // The text comes as a delta, or with the reset when the stream begins after it.
        while (!stream.Current.TryGetProperty("text", out var text) || text.GetString()!.Length == 0)
        {
            Assert.True(await stream.MoveNextAsync());
        }

        await RemoveBobAsync();

        var end = await Assert.ThrowsAnyAsync<HubException>(() => stream.MoveNextAsync().AsTask().WaitAsync(Soon, Token));
        Assert.Equal("not_found", TestConnection.CodeOf(end));

        // The reply is the server's: it goes on for those who stayed.
        turn.Say(" there was a hub.");
        turn.Finish();
        await Eventually.HoldsAsync(
            async () => (await _adas!.MessagesAsync(_chat, Token))[^1].GetProperty("text").GetString() == "Once upon a time there was a hub.", Token);
    }

    private Task<JsonElement> RemoveBobAsync() => _adas!.CallAsync("RemoveParticipant", Token, new { chatId = _chat, userId = _bob!.Id });
}
