using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Generations;

public sealed class FirstDeltaTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_text_is_shown_at_once_and_what_follows_closely_waits_for_its_window()
    {
        // The clock stands still: whatever waits for a window would wait for ever.
        var time = new ManualTimeProvider();
        await using var app = new HubChatApp(time: time);
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Hello", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);

        turn.Say("first");
        Assert.Equal("first", (await hub.NextAsync(Token, "delta")).GetProperty("text").GetString());

        turn.Say(" second");
        Assert.False(hub.Updates.TryPeek(out _));
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
                return hub.Updates.TryPeek(out _);
            },
            Token);
        Assert.Equal(" second", (await hub.NextAsync(Token, "delta")).GetProperty("text").GetString());
        turn.Finish();
    }
}
