using Xunit;
namespace HubChat.Tests.App;

public sealed class FirstStepsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_and_the_assistant_see_the_same_reply()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        var bob = await app.SignUpAsync("bob", Token);
        await using var adas = await ada.ConnectAsync(Token);
        await using var bobs = await bob.ConnectAsync(Token);
        var chat = await adas.CreateChatAsync(Token, bob);
        await bobs.WatchAsync(chat, Token);
        await adas.WatchAsync(chat, Token);

        await adas.PostAsync(chat, "Hello @assistant", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Good ");
        Assert.Equal("Good ", (await bobs.NextAsync(Token, "delta")).GetProperty("text").GetString());
        Assert.Equal("Good ", (await adas.NextAsync(Token, "delta")).GetProperty("text").GetString());
        turn.Say("day");
        turn.Finish();

        var done = await bobs.NextAsync(Token, "done");
        Assert.Equal(8, done.GetProperty("length").GetInt32());
        Assert.Equal("Good day", (await bobs.MessagesAsync(chat, Token))[^1].GetProperty("text").GetString());
    }
}
