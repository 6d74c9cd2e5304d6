using HubChat.Tests.App;
using HubChat.Tests.Cluster;
using HubChat.Tests.Deploy;
using HubChat.Tests.Faults;
using HubChat.Tests.History;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Backups;

/// <summary>
/// F54: a backup that was made while people talked is restored as docs/operations.md says. It has what had been acknowledged before, each
/// promise kept, and nobody takes its log for the one that was lost.
/// </summary>
public sealed class BackupTests
{
    private const string Skip = "UPDATE \"Chats\" SET \"LastSeq\" = \"LastSeq\" + 1000000";
    private const long Skipped = 1_000_000;
    private const int SentEach = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backup_of_SQLite_holds_every_promise_up_to_its_moment()
    {
        await using var server = await FaultServer.StartAsync(Token, ("Assistant__DemoWordsPerSecond", "10"), ("Generation__RestartWithin", "00:00:00"));
        var backup = Path.Combine(server.DataFolder, "backup.db");
        await CheckAsync(
            server.Database,
            [server],
            run => run.TwoPeopleAsync(server, Token),
            backUp: () => StoredState.ReadAsync(server.Database, db => db.Database.ExecuteSqlAsync($"VACUUM INTO {backup}", Token)),
            restore: () =>
            {
                foreach (var file in new[] { server.Database, $"{server.Database}-wal", $"{server.Database}-shm" })
                {
                    File.Delete(file);
                }

                File.Move(backup, server.Database);
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task Backup_of_PostgreSQL_holds_every_promise_up_to_its_moment()
    {
        var (dump, restore) = (Tool.Find("pg_dump"), Tool.Find("pg_restore"));
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: [("Assistant__DemoWordsPerSecond", "10"), ("Generation__RestartWithin", "00:00:00")]);
        var database = new Npgsql.NpgsqlConnectionStringBuilder(cluster.Database);
        var name = $"host={database.Host} port={database.Port} dbname={database.Database} user={database.Username}";
        var file = Path.Combine(cluster.Nodes[0].DataFolder, "hubchat.dump");
        await CheckAsync(
            cluster.Database,
            cluster.Nodes,
            run => cluster.TwoPeopleAsync(run, Token),
            backUp: () => RunAsync(dump, "--format=custom", $"--file={file}", name),
            restore: async () =>
            {
                await RunAsync(restore, "--clean", "--if-exists", $"--dbname={name}", file);
                await using var redis = await cluster.Redis.ConnectAsync();
                await redis.GetDatabase().ExecuteAsync("FLUSHDB");
            });
    }

    private static async Task CheckAsync(
        string database, IReadOnlyList<ServerProcess> nodes, Func<RecordedRun, Task<(RecordingClient Ada, RecordingClient Bob)>> gatherAsync, Func<Task> backUp,
        Func<Task> restore)
    {
        Assert.Contains(Skip, await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Path, "docs", "operations.md"), Token), StringComparison.Ordinal);
        TestUser user;
        string chatId;
        FinalState lost;
        IReadOnlyList<HistoryRecord> until;
        await using (var run = new RecordedRun())
        {
            var (ada, bob) = await gatherAsync(run);
            (user, chatId) = (ada.User, ada.State.ChatId);
            var asked = await ada.SendAsync("Tell us everything, @assistant", "ask", Token);
            await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);
            await SendAsync(bob, "before");
            var load = Task.WhenAll(SendAsync(ada, "a"), SendAsync(bob, "b"));
            until = [.. run.History.Records];
            await backUp();
            await load;

            // More than the backup can have, however late it was made.
            await SendAsync(ada, "after");
            lost = await run.CheckAsync(database, Token);
        }

        foreach (var node in nodes)
        {
            node.Terminate();
            await node.ExitedAsync(Token);
        }

        await restore();
        var restored = await StoredState.ReadFinalAsync(database, Token);
        AssertKept(until, restored, lost);

        await StoredState.ReadAsync(database, db => db.Database.ExecuteSqlRawAsync(Skip, Token));
        foreach (var node in nodes)
        {
            await node.RestartAsync(Token);
        }

        await using var again = new RecordedRun { Options = RecordedRun.Wide with { Skipped = Skipped } };
        var client = await again.JoinAsync(user, chatId, Token);
        for (var i = restored.Chats.Single().LastSeq; i <= lost.Chats.Single().LastSeq; i++)
        {
            await client.SendAsync($"New message {i}", $"new-{i}", Token);
        }

        // Who comes back with a number of the log that was lost is given everything, not what now stands behind that number.
        await using (var hub = await user.ConnectAsync(Token))
        {
            var watched = await hub.CallAsync("WatchChat", Token, new { chatId, afterSeq = lost.Chats.Single().LastSeq });
            Assert.True(watched.TryGetProperty("snapshot", out _), watched.ToString());
        }

        var final = await again.CheckAsync(database, Token);
        Assert.Equal("interrupted", final.Chats.Single().Messages.Single(message => message.Gen is not null).State);
    }

    private static void AssertKept(IReadOnlyList<HistoryRecord> until, FinalState restored, FinalState lost)
    {
        // Its clients left when the backup was begun: of what came then they need not know.
        var left = until.Select(record => record.Client).OfType<string>().Distinct()
            .Select(client => new HistoryRecord { T = until[^1].T, Kind = RecordKind.Disconnect, Client = client });
        var violations = HistoryChecker.Check([.. until, .. left], restored, RecordedRun.Wide);

        // The reply that was being written is still to be ended, by the server that is started on the backup.
        Assert.Equal(Rule.Takeover, Assert.Single(violations).Rule);

        var (kept, whole) = (restored.Chats.Single(), lost.Chats.Single());
        Assert.InRange(kept.Events.Count, SentEach, whole.Events.Count - 1);
        Assert.Equal(whole.Events.Take(kept.Events.Count), kept.Events);
        Assert.Equal(
            whole.Messages.Where(message => message.Gen is null).Take(kept.Messages.Count(message => message.Gen is null)),
            kept.Messages.Where(message => message.Gen is null));
        var reply = Assert.Single(kept.Messages, message => message.Gen is not null);
        Assert.StartsWith(reply.Text, whole.Messages.Single(message => message.Gen == reply.Gen).Text, StringComparison.Ordinal);
    }

    private static async Task SendAsync(RecordingClient client, string prefix)
    {
        for (var i = 0; i < SentEach; i++)
        {
            await client.SendAsync($"Message {i}", $"{prefix}-{i}", Token);
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await Tool.RunAsync(program, arguments, Token);
        Assert.True(exitCode == 0, output);
    }
}
