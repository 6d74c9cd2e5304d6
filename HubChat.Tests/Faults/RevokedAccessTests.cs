using System.Text.Json;
using HubChat.Tests.App;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F49: rights that end while the connection is open.</summary>
public sealed class RevokedAccessTests
{
    private static readonly TimeSpan ClosedWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signing_out_ends_the_open_connections_of_that_session_and_its_token()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        using var http = ada.Http();

        using var signedOut = await http.PostAsync(new Uri("/api/auth/logout", UriKind.Relative), null, Token);
        signedOut.EnsureSuccessStatusCode();

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => hub.PostAsync(chat, "Still me", "c-1", Token));
        Assert.True(refusal is not HubException || refusal.Message.Contains("session_ended", StringComparison.Ordinal)
            || refusal.Message.StartsWith("The server closed", StringComparison.Ordinal));
        Assert.Equal("logged_out", await hub.SessionEnded.WaitAsync(ClosedWithin, Token));
        await hub.Closed.WaitAsync(ClosedWithin, Token);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => ada.ConnectAsync(Token));
        Assert.Equal(0, await app.ReadAsync(db => Task.FromResult(db.Messages.Count())));
    }

    [Fact]
    public async Task Reader_may_not_write_from_the_moment_of_becoming_one()
    {
        await using var app = new HubChatApp();
        var (adas, bobs, chat, bob) = await TwoAsync(app);
        await using var owner = adas;
        await using var other = bobs;
        await bobs.PostAsync(chat, "As a member", "c-1", Token);

        await adas.CallAsync("ChangeRole", Token, new { chatId = chat, userId = bob, role = "reader" });

        Assert.Equal("forbidden", await bobs.RefusedAsync("PostMessage", Token, new { chatId = chat, text = "As a reader", clientMessageId = "c-2" }));
        Assert.Single(await bobs.MessagesAsync(chat, Token));
    }

    [Fact]
    public async Task Removed_person_is_shown_nothing_more_not_even_of_a_reply_that_is_being_written()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var (adas, bobs, chat, bob) = await TwoAsync(app);
        await using var owner = adas;
        await using var other = bobs;
        await bobs.WatchAsync(chat, Token);
        var asked = await adas.PostAsync(chat, "Between us, @assistant", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("For both. ");
        await bobs.NextAsync(Token, "delta");
        var stream = ReadAsync(bobs, asked.GetProperty("generationId").GetString()!);

        await adas.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = bob });
        Assert.Equal("removed", (await bobs.NextAsync(Token, "closed")).GetProperty("reason").GetString());
        Assert.Contains("not_found", (await Assert.ThrowsAnyAsync<HubException>(() => stream)).Message, StringComparison.Ordinal);
        turn.Say("For ada alone.");
        turn.Finish();
        await Eventually.HoldsAsync(
            async () => (await adas.MessagesAsync(chat, Token))[^1].GetProperty("state").GetString() == "done", Token);

        Assert.Equal("not_found", await bobs.RefusedAsync("GetMessages", Token, new { chatId = chat }));
        Assert.False(bobs.Updates.TryRead(out var leaked) && leaked.GetProperty("kind").GetString() != "presence", $"Leaked: {leaked}");
    }

    private static async Task<(TestConnection Adas, TestConnection Bobs, string Chat, string Bob)> TwoAsync(HubChatApp app)
    {
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        var (adas, bobs) = (await ada.ConnectAsync(Token), await bob.ConnectAsync(Token));
        return (adas, bobs, await adas.CreateChatAsync(Token, bob), bob.Id);
    }

    private static async Task<string> ReadAsync(TestConnection connection, string generationId)
    {
        var text = "";
        await foreach (var item in connection.StreamAsync("StreamReply", Token, generationId, 0, 0))
        {
            text += item.TryGetProperty("text", out var piece) && piece.ValueKind == JsonValueKind.String ? piece.GetString() : "";
        }

        return text;
    }
}
