using HubChat.Tests.App;
using HubChat.Tests.Postgres;
using HubChat.Tests.Redis;

namespace HubChat.Tests.Cluster;

/// <summary>Several server processes on one PostgreSQL and one Redis, and what stands before them.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    private NodeCluster(PostgresServer? postgres, RedisServer redis, string database, IReadOnlyList<ServerProcess> nodes) =>
        (OwnPostgres, Redis, Database, Nodes, Balancer) = (postgres, redis, database, nodes, new NodeBalancer(nodes));

    /// <summary>The PostgreSQL that a test may kill; null when it shares one with other tests.</summary>
    public PostgresServer? OwnPostgres { get; }

    public RedisServer Redis { get; }

    /// <summary>What <c>ConnectionStrings:HubChat</c> says.</summary>
    public string Database { get; }

    public IReadOnlyList<ServerProcess> Nodes { get; }

    public NodeBalancer Balancer { get; }

    /// <param name="nodes">How many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="ownPostgres">Whether the test kills PostgreSQL.</param>
    /// <param name="settings">Environment settings of all nodes.</param>
    public static async Task<NodeCluster> StartAsync(
        int nodes, CancellationToken cancellationToken, bool ownPostgres = false, params (string Name, string Value)[] settings)
    {
        var postgres = ownPostgres ? await PostgresServer.StartAsync(cancellationToken) : null;
        var database = postgres?.CreateDatabase() ?? await SharedPostgres.CreateDatabaseAsync();
        var redis = await RedisServer.StartAsync(cancellationToken);
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings__HubChat"] = database,
            ["ConnectionStrings__Redis"] = redis.Connection,
            ["RateLimits__Enabled"] = "false",
            ["Accounts__PasswordIterations"] = "1000",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var started = await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => ServerProcess.StartAsync(all, cancellationToken)));
        return new NodeCluster(postgres, redis, database, started);
    }

    /// <summary>A person with an account.</summary>
    public Task<TestUser> SignUpAsync(string userName, CancellationToken cancellationToken) =>
        TestUser.SignUpAsync(Balancer.Address, userName, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Redis.DisposeAsync();
        if (OwnPostgres is { } postgres)
        {
            await postgres.DisposeAsync();
        }
    }
}
