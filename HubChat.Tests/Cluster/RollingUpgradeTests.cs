using HubChat.Tests.Faults;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>F50: a newer version has migrated the database that older nodes use.</summary>
public sealed class RollingUpgradeTests
{
    // What a newer version may add, by docs/operations.md.
    private static readonly string[] Migration =
    [
        "ALTER TABLE \"Messages\" ADD COLUMN \"Mood\" integer NULL",
        "ALTER TABLE \"Chats\" ADD COLUMN \"Colour\" text NOT NULL DEFAULT 'blue'",
        "CREATE TABLE \"Moods\" (\"Id\" integer PRIMARY KEY, \"MessageId\" uuid REFERENCES \"Messages\" (\"Id\") ON DELETE CASCADE)",
        "CREATE INDEX \"IX_Messages_Mood\" ON \"Messages\" (\"Mood\")",
        "INSERT INTO \"__EFMigrationsHistory\" (\"MigrationId\", \"ProductVersion\") VALUES ('99990101000000_Moods', '10.0.0')",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Older_nodes_go_on_and_start_again_on_a_newer_database()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "40"));
        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token, moving: true);
        var load = SendAsync("old", 40);

        foreach (var statement in Migration)
        {
            await StoredState.ReadAsync(cluster.Database, db => db.Database.ExecuteSqlRawAsync(statement, Token));
        }

        await load;
        await SendAsync("new", 10);

        // A node that has to start again in the middle of the upgrade is still of the older version.
        cluster.Nodes[0].Kill();
        await cluster.Nodes[0].RestartAsync(Token);
        await SendAsync("restarted", 10);

        var final = await run.CheckAsync(cluster.Database, Token);
        Assert.Equal(2 * (40 + 10 + 10), final.Chats.Single().Messages.Count(message => message.Gen is null));

        Task SendAsync(string prefix, int count) => Task.WhenAll(new[] { ada, bob }.Select(async client =>
        {
            for (var i = 0; i < count; i++)
            {
                await client.SendAsync(i == 0 ? "Hello, @assistant" : $"Message {i}", $"{client.User.UserName}-{prefix}-{i}", Token);
            }
        }));
    }
}
