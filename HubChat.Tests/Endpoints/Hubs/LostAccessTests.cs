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
