using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F40: the clock is an hour wrong, one way and the other.</summary>
public sealed class ClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clock_that_steps_costs_no_reply_no_session_and_no_order()
    {
        var clock = new SteppedClock();
        await using var app = new HubChatApp(
            new Dictionary<string, string> { ["Generation:SweepInterval"] = "00:00:00.050" }, clock);
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        var aside = await hub.CreateChatAsync(Token);
        await using var run = new RecordedRun();
        var client = await run.JoinAsync(ada, chat, Token);
        var asked = await client.SendAsync("What time is it, @assistant?", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("It is");

        clock.Step(Hour);
        await PassASweepAsync(app, hub, aside, "s-1");
        await client.SendAsync("An hour later", "c-2", Token);
        turn.Say(" later");
        clock.Step(-2 * Hour);
        await PassASweepAsync(app, hub, aside, "s-2");
        await client.SendAsync("An hour earlier", "c-3", Token);
        turn.Say(" than you think.");
        clock.Step(Hour);
        turn.Finish();

        var final = await run.CheckAsync(Path.Combine(app.DataFolder, "hubchat.db"), Token);
        var messages = final.Chats.Single(one => one.Id == chat).Messages;
        Assert.Equal(
            ["What time is it, @assistant?", "It is later than you think.", "An hour later", "An hour earlier"],
            messages.OrderBy(message => message.Seq).Select(message => message.Text));
        Assert.Equal(1, run.History.Records.Where(record => record.Gen == asked.GenerationId).Max(record => record.Epoch));
        var shown = await hub.MessagesAsync(chat, Token);
        Assert.True(shown[^1].GetProperty("createdAt").GetDateTimeOffset() < shown[0].GetProperty("createdAt").GetDateTimeOffset());
    }

    /// <summary>Replies are claimed in the round that looks for orphans: one that came and went shows that a round has passed.</summary>
    private static async Task PassASweepAsync(HubChatApp app, TestConnection hub, string aside, string clientMessageId)
    {
        for (var round = 0; round < 2; round++)
        {
            await hub.PostAsync(aside, "Aside", $"{clientMessageId}-{round}", Token);
            var turn = await app.Model.NextTurnAsync(Token);
            turn.Say("Yes?");
            turn.Finish();
        }
    }
}
