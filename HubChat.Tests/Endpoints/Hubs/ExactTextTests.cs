using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class ExactTextTests : IAsyncLifetime
{
    private static readonly Config Enough = Config.QuickThrowOnFailure.WithMaxTest(200);
    private readonly HubChatApp _app = new();
    private TestConnection? _writer;
    private TestConnection? _watcher;
    private string _chat = "";
    private int _posts;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Every plane, and more often what is treated specially somewhere: controls, marks, joiners, line ends, escapes, halves of pairs' borders.
    private static Arbitrary<string> Texts
    {
        get
        {
            var special = Gen.Elements(
                0x01, 0x08, 0x0A, 0x0D, 0x1B, 0x1E, 0x22, 0x26, 0x27, 0x3C, 0x5C, 0x7F, 0x85, 0xA0, 0xAD, 0x301, 0x20E3, 0x200B, 0x200D,
                0x200F, 0x2028, 0x2029, 0x202E, 0x2066, 0x2069, 0xFE0F, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0xD7FF, 0xE000, 0x1F469, 0x1F3FD, 0xE0041, 0x10FFFF);
            var any = Gen.Choose(1, 0x10FFFF).Where(Rune.IsValid);
            var rune = Gen.OneOf(special, any, Gen.Choose(0x20, 0x7E));
            return rune.ListOf().Select(runes => string.Concat(runes.Select(value => new Rune(value).ToString())) + "x").ToArbitrary();
        }
    }

    public async ValueTask InitializeAsync()
    {
        var ada = await _app.SignUpAsync("ada", Token);
        var bob = await _app.SignUpAsync("bob", Token);
        _writer = await ada.ConnectAsync(Token);
        _watcher = await bob.ConnectAsync(Token);
        _chat = await _writer.CreateChatAsync(Token, bob);
        await _writer.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        await _watcher.WatchAsync(_chat, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer!.DisposeAsync();
        await _watcher!.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public void Any_visible_text_comes_back_as_it_was_sent() => Prop.ForAll(Texts, AssertKeptAsync).Check(Enough);

    [Theory]
    [InlineData("\u202Eright to left\u202C \u2066isolated\u2069")]
    [InlineData("é \u0065\u0301 \uFB01 \u212B \u00C5 \u0041\u030A")]
    [InlineData("one\u2028two\u2029three\r\nfour\rfive\u0085six")]
    [InlineData("👩🏽‍🚀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U0010FFFF")]
    [InlineData("  spaces around, kept \t\n")]
    [InlineData("${jndi:x} {{x}} %s \\u0041 &lt; <b> ' \" -- ;DROP")]
    [InlineData("\u001b[31mred\u0007 \u001e separator \ufeff")]
    public Task Unusual_text_comes_back_as_it_was_sent(string text) => AssertKeptAsync(text);

    [Fact]
    public async Task Long_text_comes_back_as_it_was_sent()
    {
        // As long as a hub message holds them: the .NET client escapes what is not ASCII.
        await AssertKeptAsync("Z" + new string('\u0301', 10_000));
        await AssertKeptAsync(string.Concat(Enumerable.Repeat("👩", 5_000)));
        await AssertKeptAsync(new string('a', 32_000));
    }

    private async Task AssertKeptAsync(string text)
    {
        var posted = await _writer!.PostAsync(_chat, text, $"text-{++_posts}", Token);
        var seen = (await _watcher!.NextEventAsync("message.posted", Token)).GetProperty("message");
        var stored = (await _writer!.MessagesAsync(_chat, Token))[^1];
        Assert.Equal(posted.GetProperty("messageId").GetString(), stored.GetProperty("id").GetString());
        Assert.Equal(text, seen.GetProperty("text").GetString());
        Assert.Equal(text, stored.GetProperty("text").GetString());
    }
}
