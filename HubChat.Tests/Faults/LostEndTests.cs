using HubChat.Tests.History;
using Microsoft.Data.Sqlite;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F22: the server is killed while people talk, and its write-ahead log is damaged before it starts again.</summary>
[Trait("Category", "Slow")]
public sealed class LostEndTests
{
    private const int Kept = 10;
    private const int AtRisk = 20;
    private const int Frame = 24 + 4096;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damaged_log_is_taken_up_to_the_damage_and_what_was_behind_it_is_reported(bool cut)
    {
        await using var server = await FaultServer.StartAsync(Token);
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        for (var i = 0; i < Kept; i++)
        {
            await ada.SendAsync($"Kept {i}", $"kept-{i}", Token);
        }

        await bob.HoldsAsync(state => state.Seq == ada.State.Seq, Token);
        await MoveLogIntoDatabaseAsync(server.Database);
        var until = run.History.Records.ToList();
        for (var i = 0; i < AtRisk; i++)
        {
            await ada.SendAsync($"At risk {i}", $"risk-{i}", Token);
        }

        await bob.HoldsAsync(state => state.Seq == ada.State.Seq, Token);
        var seen = ada.State.Seq;
        var pending = bob.SendAsync("Killed meanwhile", "meanwhile", Token);
        server.Kill();
        await server.ExitedAsync(Token);
        var lostAt = run.History.Records.Count;
        Damage($"{server.Database}-wal", cut);
        Assert.Equal("ok", await StoredState.QuickCheckAsync(await CopyAsync(server), Token));

        await server.RestartAsync(Token);
        await pending;
        await ada.SendAsync("Afterwards", "after", Token);
        var (final, _) = await run.JudgeAsync(server.Database, Token);

        // Both show exactly what is stored, also where that is less than they had seen.
        run.AssertClean(final, HistoryChecker.Check([.. until, .. Left(until), .. run.History.Records.Skip(lostAt)], final, RecordedRun.Wide));
        Assert.InRange(final.Chats.Single().Messages.Count, Kept + 2, Kept + AtRisk + 1);
        Assert.InRange(final.Chats.Single().LastSeq, 1, seen);
        Assert.Contains("docs/operations.md, Lost end", server.Output, StringComparison.Ordinal);
        Assert.Equal(!cut, server.Output.Contains("transactions behind the damage are lost", StringComparison.Ordinal));
        Assert.Contains("has seen event", server.Output, StringComparison.Ordinal);
        Assert.Equal("ok", await StoredState.QuickCheckAsync(server.Database, Token));
    }

    /// <summary>What came after the last record that counts was seen by clients that are gone: they come back as others.</summary>
    private static IEnumerable<HistoryRecord> Left(List<HistoryRecord> until) => until.Select(record => record.Client).OfType<string>().Distinct()
        .Select(client => new HistoryRecord { T = until[^1].T, Kind = RecordKind.Disconnect, Client = client });

    private static async Task MoveLogIntoDatabaseAsync(string database)
    {
        await using var connection = new SqliteConnection($"Data Source={database};Mode=ReadWrite;Pooling=False");
        await connection.OpenAsync(Token);
        await using var checkpoint = connection.CreateCommand();
        checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        await Eventually.HoldsAsync(async () => (long)(await checkpoint.ExecuteScalarAsync(Token))! == 0, Token);
    }

    /// <summary>In the middle, where a frame begins.</summary>
    private static void Damage(string log, bool cut)
    {
        using var file = new FileStream(log, FileMode.Open, FileAccess.ReadWrite);
        var middle = 32 + (file.Length / Frame / 2 * Frame);
        if (cut)
        {
            file.SetLength(middle + 100);
            return;
        }

        file.Position = middle + 100;
        var bytes = new byte[64];
        file.ReadExactly(bytes);
        file.Position = middle + 100;
        file.Write([.. bytes.Select(one => (byte)~one)]);
    }

    /// <summary>A look that leaves the log to the server.</summary>
    private static async Task<string> CopyAsync(ServerProcess server)
    {
        var copy = Path.Combine(Directory.CreateDirectory(Path.Combine(server.DataFolder, "copy")).FullName, "hubchat.db");
        foreach (var suffix in new[] { "", "-wal" })
        {
            await using var from = File.OpenRead(server.Database + suffix);
            await using var to = File.Create(copy + suffix);
            await from.CopyToAsync(to, Token);
        }

        return copy;
    }
}
