using HubChat.Tests.App;
using Microsoft.Data.Sqlite;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F23 and F55: whose file it is, and whether it is whole.</summary>
public sealed class DatabaseFileTests
{
    private const int PageSize = 4096;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Second_server_on_the_same_file_refuses_to_start_and_the_first_goes_on()
    {
        await using var first = await FaultServer.StartAsync(Token);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => FaultServer.StartAsync(Token, ("ConnectionStrings__HubChat", $"Data Source={first.Database}")));

        AssertExplained(refusal, $"The database {first.Database} is in use by another HubChat server.");
        await using var hub = await (await first.SignUpAsync("ada", Token)).ConnectAsync(Token);
        await hub.CreateChatAsync(Token);
    }

    [Fact]
    public async Task Server_that_was_killed_while_it_migrated_can_be_started_again()
    {
        await using var server = await FaultServer.StartAsync(Token);
        server.Kill();
        await server.ExitedAsync(Token);
        await using (var database = new SqliteConnection($"Data Source={server.Database};Pooling=False"))
        {
            await database.OpenAsync(Token);
            await using var left = database.CreateCommand();
            left.CommandText = """INSERT INTO "__EFMigrationsLock" ("Id", "Timestamp") VALUES (1, '2026-01-01 00:00:00')""";
            await left.ExecuteNonQueryAsync(Token);
        }

        await server.RestartAsync(Token);
    }

    [Fact]
    public async Task Damaged_database_is_not_served_and_the_operator_is_told_what_to_do()
    {
        await using var server = await FaultServer.StartAsync(Token);
        await server.SignUpAsync("ada", Token);
        server.Terminate();
        Assert.Equal(0, await server.ExitedAsync(Token));
        await OverwritePageAsync(server.Database, number: 3);
        var damaged = await File.ReadAllBytesAsync(server.Database, Token);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => server.RestartAsync(Token));

        AssertExplained(refusal, $"The database {server.Database} is damaged");
        Assert.Contains("Restore it from a backup", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(server.Database, Token));
    }

    [Fact]
    public async Task Database_and_its_folder_belong_to_their_user_alone()
    {
        var parent = Directory.CreateTempSubdirectory("hubchat-mode-").FullName;
        var folder = Path.Combine(parent, "data");
        try
        {
            await using var server = await FaultServer.StartAsync(
                Token, ("ConnectionStrings__HubChat", $"Data Source={folder}/hubchat.db"), ("Storage__BallastBytes", "4096"));
            await server.SignUpAsync("ada", Token);

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, ModeOf(folder));
            var files = Directory.GetFiles(folder);
            Assert.Contains(Path.Combine(folder, "hubchat.db-wal"), files);
            Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(file)));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }

    /// <summary>A sentence for the operator, an exit code for the machine, and nothing for a programmer.</summary>
    private static void AssertExplained(InvalidOperationException refusal, string sentence)
    {
        Assert.StartsWith("The server exited with 1.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refusal.Message, StringComparison.Ordinal);
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static async Task OverwritePageAsync(string database, int number)
    {
        var garbage = new byte[PageSize];
        new Random(number).NextBytes(garbage);
        await using var file = new FileStream(database, FileMode.Open, FileAccess.Write);
        file.Position = (number - 1) * PageSize;
        await file.WriteAsync(garbage, Token);
    }
}
