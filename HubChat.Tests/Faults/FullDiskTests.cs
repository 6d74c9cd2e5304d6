using HubChat.Tests.App;
using Microsoft.Data.Sqlite;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F20: the disk is full.</summary>
public sealed class FullDiskTests
{
    private const int SendsThatFillAnyGap = 400;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Full_disk_refuses_sends_keeps_reading_and_recovers_when_there_is_room()
    {
        using var disk = TinyDisk.Mount(megabytes: 8);
        var database = Path.Combine(disk.Folder, "hubchat.db");
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["ConnectionStrings:HubChat"] = $"Data Source={database}",
            ["Generation:CheckpointInterval"] = "00:00:00.100",
        });
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        await using var run = new RecordedRun();
        var client = await run.JoinAsync(ada, chat, Token);
        var asked = await client.SendAsync("Go on whatever happens, @assistant", "ask", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Before");

        // A pool lets idle connections go by itself. If the last of them took the write-ahead log along, there would be no room for a new one.
        SqliteConnection.ClearAllPools();
        disk.Fill();
        var refused = await SendUntilRefusedAsync(client);
        Assert.Equal("storage_full", (await client.TrySendAsync("Once more", "again", Token)).Code);
        Assert.NotEmpty(await hub.MessagesAsync(chat, Token));
        await hub.WatchAsync(chat, Token);
        turn.Say(" and after");
        turn.Finish();
        await client.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text == "Before and after", Token);

        disk.Free();
        await client.SendAsync(Long(refused), $"fill-{refused}", Token);
        await client.SendAsync("Once more", "again", Token);
        var final = await run.CheckAsync(database, Token);

        Assert.Equal("done", final.Chats.Single().Messages.Single(message => message.Gen is not null).State);
        Assert.Equal("ok", await StoredState.QuickCheckAsync(database, Token));
    }

    /// <returns>The number of the send that was refused.</returns>
    private static async Task<int> SendUntilRefusedAsync(RecordingClient client)
    {
        for (var i = 0; i < SendsThatFillAnyGap; i++)
        {
            if ((await client.TrySendAsync(Long(i), $"fill-{i}", Token)).Code is { } code)
            {
                Assert.Equal("storage_full", code);
                return i;
            }
        }

        Assert.Fail("The disk is full and sends go on.");
        return 0;
    }

    private static string Long(int number) => $"{number} {new string('x', 20_000)}";
}
