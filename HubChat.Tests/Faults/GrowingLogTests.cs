using HubChat.Client.Sample.Contract;
using Microsoft.Data.Sqlite;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F24: another program reads an old state of the database and does not end.</summary>
[Trait("Category", "Slow")]
public sealed class GrowingLogTests
{
    private const long Alert = 4 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_that_a_reader_has_made_grow_is_warned_of_and_cut_when_the_reader_has_gone()
    {
        await using var server = await FaultServer.StartAsync(Token, ("Storage__LogAlertBytes", $"{Alert}"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        await using var reader = new SqliteConnection($"Data Source={server.Database};Mode=ReadWrite;Pooling=False");
        await reader.OpenAsync(Token);
        await using var old = reader.BeginTransaction(deferred: true);
        await using var count = reader.CreateCommand();
        (count.CommandText, count.Transaction) = ("SELECT count(*) FROM \"Messages\"", old);
        Assert.Equal(0L, await count.ExecuteScalarAsync(Token));

        // Twice what starts a checkpoint by itself: without the reader the log would have begun anew.
        var sent = 0;
        for (; SizeOfLog(server) < 3 * Alert; sent += 2)
        {
            await Task.WhenAll(SendAsync(ada, sent), SendAsync(bob, sent + 1));
        }

        Assert.Equal(0L, await count.ExecuteScalarAsync(Token));
        await Eventually.HoldsAsync(
            () => server.Output.Contains("docs/operations.md, Growing log", StringComparison.Ordinal), Token, TimeSpan.FromSeconds(60));

        await old.RollbackAsync(Token);
        await Eventually.HoldsAsync(
            async () =>
            {
                await SendAsync(ada, sent++);
                return SizeOfLog(server) <= Alert;
            },
            Token,
            TimeSpan.FromSeconds(60));
        var stored = new FileInfo(server.Database).Length;
        while (new FileInfo(server.Database).Length < stored + (2 * Alert))
        {
            await SendAsync(bob, sent++);
            Assert.InRange(SizeOfLog(server), 0, 2 * Alert);
        }

        var final = await run.CheckAsync(server.Database, Token);
        Assert.Equal(sent, final.Chats.Single().Messages.Count);
        Assert.Equal("ok", await StoredState.QuickCheckAsync(server.Database, Token));
    }

    private static Task<PostResult> SendAsync(RecordingClient client, int number) =>
        client.SendAsync($"{number} {new string('x', 30_000)}", $"send-{number}", Token);

    private static long SizeOfLog(ServerProcess server) => new FileInfo($"{server.Database}-wal").Length;
}
