using HubChat.Tests.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace HubChat.Tests.Postgres;

/// <summary>One PostgreSQL for all tests that do not kill theirs; each has a database of its own. It is started by the first that asks.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(() => PostgresServer.StartAsync(CancellationToken.None));

    /// <summary>A connection string of a new database.</summary>
    public static async Task<string> CreateDatabaseAsync() => (await Server.Value).CreateDatabase();

    public async ValueTask DisposeAsync()
    {
        if (Server.IsValueCreated)
        {
            await (await Server.Value).DisposeAsync();
        }
    }
}
