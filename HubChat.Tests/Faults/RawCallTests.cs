using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F41, F43, F45 and F46: what no client library would send.</summary>
[Collection(nameof(Alone))]
public sealed class RawCallTests
{
    private const long TenMegabytes = 10 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"one","text":"two","clientMessageId":"c"}""", "invalid_request")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"one","Text":"two","clientMessageId":"c"}""", "invalid_request")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"one","clientMessageId":"c","extra":1}""", "invalid_request")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"half \ud83d","clientMessageId":"c"}""", "text_invalid")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"nul \u0000","clientMessageId":"c"}""", "text_invalid")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":["one"],"clientMessageId":"c"}""", "invalid_request")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":"one","clientMessageId":"c"},{}""", "invalid_request")]
    [InlineData("PostMessage", "", "invalid_request")]
    [InlineData("MarkRead", "\"CHAT\",1e999999", "invalid_request")]
    [InlineData("MarkRead", "\"CHAT\",99999999999999999999999999", "invalid_request")]
    [InlineData("MarkRead", "\"CHAT\",1.5", "invalid_request")]
    [InlineData("GetMessages", """{"chatId":"CHAT","limit":4294967297}""", "invalid_request")]
    [InlineData("GetMessages", """{"chatId":"CHAT","beforeSeq":1e400}""", "invalid_request")]
    [InlineData("WatchChat", """{"chatId":"CHAT","afterSeq":0,"generations":[{"id":"CHAT","epoch":1e99,"off":0}]}""", "invalid_request")]
    [InlineData("PostMessage", """{"chatId":"CHAT","text":NESTED,"clientMessageId":"c"}""", "invalid_request")]
    public async Task Arguments_that_do_not_fit_are_refused_with_a_code_and_change_nothing(string method, string arguments, string code)
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        using var raw = await RawHubClient.ConnectAsync(app.Address, ada.Token, Token);
        var sent = arguments.Replace("CHAT", chat, StringComparison.Ordinal)
            .Replace("NESTED", new string('[', 40) + new string(']', 40), StringComparison.Ordinal);

        await raw.Socket.SendTextAsync($$"""{"type":1,"invocationId":"raw","target":"{{method}}","arguments":[{{sent}}]}""" + '\u001e', Token);

        var answer = await raw.ReceiveAsync(Token);
        Assert.StartsWith($"HubException: {code}: ", ErrorOf(answer), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, (await raw.WatchAsync(chat, Token)).ValueKind);
        Assert.Empty(await hub.MessagesAsync(chat, Token));
    }

    [Theory]
    [InlineData(TenMegabytes)]
    [InlineData(long.MaxValue)]
    public async Task Frame_over_the_limit_closes_its_connection_and_nothing_else(long length)
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        using var raw = await RawHubClient.ConnectAsync(app.Address, ada.Token, Token);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var sent = await raw.Socket.SendHugeFrameAsync(length, Token);

        Assert.InRange(sent, 0, TenMegabytes);
        await raw.Socket.ReceiveUntilClosedAsync(Token);
        await AssertUnharmedAsync(hub, before);
    }

    [Fact]
    public async Task Message_without_end_closes_its_connection_and_nothing_else()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        using var raw = await RawHubClient.ConnectAsync(app.Address, ada.Token, Token);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Assert.InRange(await raw.Socket.SendEndlessMessageAsync(Token), 0, TenMegabytes);

        await raw.Socket.ReceiveUntilClosedAsync(Token);
        await AssertUnharmedAsync(hub, before);
    }

    private static async Task AssertUnharmedAsync(TestConnection hub, long before)
    {
        await hub.CreateChatAsync(Token);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, TenMegabytes);
    }

    private static string? ErrorOf(JsonElement? answer) => answer?.GetProperty("error").GetString() is { } error && error.IndexOf("HubException", StringComparison.Ordinal) is >= 0 and var at
        ? error[at..]
        : null;
}
