using System.Text;
using System.Text.RegularExpressions;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F44: a model that ends a piece in the middle of a character.</summary>
public sealed class SplitCharacterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(@"Hi \uD83D\uDE00!", @"Hi \uD83D", @"\uDE00!")]
    [InlineData(@"\uD83D\uDE00\uD83D\uDE00", @"\uD83D", @"\uDE00\uD83D", @"\uDE00")]
    [InlineData(@"\uD83D\uDE00", @"\uD83D", "", @"\uDE00")]
    [InlineData(@"lost \uFFFD", @"lost \uD83D")]
    [InlineData(@"\uFFFD alone", @"\uDE00 alone")]
    [InlineData(@"a\uFFFDb", @"a\uD83D", "b")]
    [InlineData(@"\uFFFD\uD83D\uDE00", @"\uD83D", @"\uD83D", @"\uDE00")]
    [InlineData(@"n\uFFFDl", @"n\u0000l")]
    public async Task Halves_that_meet_are_one_character_and_halves_that_do_not_are_replaced(string expected, params string[] pieces)
    {
        // Attributes cannot hold halves, so they are written as escapes there. Each piece is shown by itself, as far as it can be shown.
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Generation:DeltaWindow"] = "00:00:00" });
        app.Model.Hold = true;
        await using var hub = await (await app.SignUpAsync("ada", Token)).ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Smile", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        foreach (var piece in pieces)
        {
            turn.Say(Regex.Unescape(piece));
        }

        turn.Finish();

        var text = new StringBuilder();
        await foreach (var update in hub.Updates.ReadAllAsync(Token))
        {
            var kind = update.GetProperty("kind").GetString();
            if (kind == "delta")
            {
                Assert.Equal(text.Length, update.GetProperty("off").GetInt32());
                text.Append(update.GetProperty("text").GetString());
                Assert.False(char.IsHighSurrogate(text[^1]));
            }
            else if (kind == "done")
            {
                break;
            }
        }

        Assert.Equal(Regex.Unescape(expected), text.ToString());
        Assert.Equal(Regex.Unescape(expected), (await hub.MessagesAsync(chat, Token))[^1].GetProperty("text").GetString());
    }
}
