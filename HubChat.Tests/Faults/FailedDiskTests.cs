using System.Net;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F21: the disk fails and becomes read-only under the running server.</summary>
[Trait("Category", "Slow")]
public sealed class FailedDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failed_disk_ends_sending_for_good_keeps_reading_and_loses_nothing_acknowledged()
    {
        using var disk = FailingDisk.Mount(megabytes: 64);
        var database = Path.Combine(disk.Folder, "hubchat.db");
        await using var server = await FaultServer.StartAsync(Token, ("ConnectionStrings__HubChat", $"Data Source={database}"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        for (var i = 0; i < 20; i++)
        {
            await (i % 2 == 0 ? ada : bob).SendAsync($"Before {i}", $"before-{i}", Token);
        }

        disk.Fail();
        // Whether the first one is there nobody knows, so it is not refused but has failed; what comes after it is refused before it is begun.
        Assert.Equal("internal", (await ada.TrySendAsync("During", "during-0", Token)).Code);
        await Eventually.HoldsAsync(async () => await ReadinessAsync(server) == (HttpStatusCode.ServiceUnavailable, "unwritable: database"), Token);
        for (var i = 1; i < 10; i++)
        {
            Assert.Equal("busy", (await (i % 2 == 0 ? ada : bob).TrySendAsync("During", $"during-{i}", Token)).Code);
        }

        await using (var hub = await bob.User.ConnectAsync(Token))
        {
            Assert.Equal(20, (await hub.MessagesAsync(ada.State.ChatId, Token)).Count);
            await hub.WatchAsync(ada.State.ChatId, Token);
        }

        Assert.Contains("docs/operations.md, Disk failed", server.Output, StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.ExitedAsync(Token));
        disk.Repair();
        await server.RestartAsync(Token);
        for (var i = 0; i < 10; i++)
        {
            await (i % 2 == 0 ? ada : bob).SendAsync("During", $"during-{i}", Token);
        }

        var final = await run.CheckAsync(database, Token);
        Assert.Equal(30, final.Chats.Single().Messages.Count);
        Assert.Equal("ok", await StoredState.QuickCheckAsync(database, Token));
        server.Kill();
        await server.ExitedAsync(Token);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadinessAsync(ServerProcess server)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var answer = await http.GetAsync("/readyz", Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }
}
