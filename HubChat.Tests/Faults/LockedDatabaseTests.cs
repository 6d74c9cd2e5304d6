using System.Diagnostics;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F19: another program locks the database.</summary>
public sealed class LockedDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_waits_for_a_lock_that_is_let_go_in_time()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Storage:BusyTimeout"] = "00:00:30" });
        var (client, run, hub) = await JoinAsync(app);
        await using var connected = hub;
        await using var recorded = run;
        await using var held = await DatabaseLock.TakeAsync(DatabaseOf(app), Token);

        var send = client.TrySendAsync("Patience", "c-1", Token);
        // Reading goes on meanwhile.
        Assert.Empty(await hub.MessagesAsync(client.State.ChatId, Token));
        Assert.False(send.IsCompleted);
        await held.ReleaseAsync(Token);

        Assert.NotNull((await send).Posted);
        await run.CheckAsync(DatabaseOf(app), Token);
    }

    [Fact]
    public async Task Send_is_refused_as_busy_when_the_lock_is_held_longer_and_succeeds_afterwards()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Storage:BusyTimeout"] = "00:00:01" });
        var (client, run, hub) = await JoinAsync(app);
        await using var connected = hub;
        await using var recorded = run;
        await using var held = await DatabaseLock.TakeAsync(DatabaseOf(app), Token);

        var watch = Stopwatch.StartNew();
        Assert.Equal("busy", (await client.TrySendAsync("Too long", "c-1", Token)).Code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"It was refused after {watch.Elapsed}.");
        await held.ReleaseAsync(Token);

        var posted = await client.SendAsync("Too long", "c-1", Token);
        var final = await run.CheckAsync(DatabaseOf(app), Token);
        Assert.Equal(posted.MessageId, Assert.Single(final.Chats.Single().Messages, message => message.Gen is null).Id);
    }

    [Fact]
    public async Task Reply_that_is_being_written_outlives_the_lock()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["Storage:BusyTimeout"] = "00:00:01",
            ["Generation:CheckpointInterval"] = "00:00:00.050",
        });
        app.Model.Hold = true;
        var (client, run, hub) = await JoinAsync(app);
        await using var connected = hub;
        await using var recorded = run;
        var asked = await client.SendAsync("@assistant go on", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Before, ");
        await client.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text == "Before, ", Token);

        await using var held = await DatabaseLock.TakeAsync(DatabaseOf(app), Token);
        turn.Say("during ");
        Assert.Equal("busy", (await client.TrySendAsync("A word in between", "c-2", Token)).Code);
        await held.ReleaseAsync(Token);
        turn.Say("and after.");
        turn.Finish();

        var final = await run.CheckAsync(DatabaseOf(app), Token);
        var reply = final.Chats.Single().Messages.Single(message => message.Id == asked.ReplyId);
        Assert.Equal(("done", "Before, during and after."), (reply.State, reply.Text));
    }

    private static async Task<(RecordingClient Client, RecordedRun Run, TestConnection Hub)> JoinAsync(HubChatApp app)
    {
        var ada = await app.SignUpAsync("ada", Token);
        var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        var run = new RecordedRun();
        return (await run.JoinAsync(ada, chat, Token), run, hub);
    }

    private static string DatabaseOf(HubChatApp app) => Path.Combine(app.DataFolder, "hubchat.db");
}
