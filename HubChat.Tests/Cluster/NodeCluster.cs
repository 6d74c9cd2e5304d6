using System.Net;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using HubChat.Tests.Postgres;
using HubChat.Tests.Redis;

namespace HubChat.Tests.Cluster;

/// <summary>Several server processes on one PostgreSQL and one Redis, and what stands before them.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    private NodeCluster(
        PostgresServer? postgres, RedisServer redis, string database, IReadOnlyList<FaultProxy> redisLinks, IReadOnlyList<ServerProcess> nodes) =>
        (OwnPostgres, Redis, Database, RedisLinks, Nodes, Balancer) = (postgres, redis, database, redisLinks, nodes, new NodeBalancer(nodes));

    /// <summary>The PostgreSQL that a test may kill; null when it shares one with other tests.</summary>
    public PostgresServer? OwnPostgres { get; }

    public RedisServer Redis { get; }

    /// <summary>What stands between each node and Redis; nothing, unless the test breaks it.</summary>
    public IReadOnlyList<FaultProxy> RedisLinks { get; }

    /// <summary>What <c>ConnectionStrings:HubChat</c> says.</summary>
    public string Database { get; }

    public IReadOnlyList<ServerProcess> Nodes { get; }

    public NodeBalancer Balancer { get; }

    /// <param name="nodes">How many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="ownPostgres">Whether the test kills PostgreSQL.</param>
    /// <param name="redisKeepsData">Whether Redis has after a restart what it had before.</param>
    /// <param name="breakableLinks">Whether the test breaks the links between the nodes and Redis.</param>
    /// <param name="settings">Environment settings of all nodes.</param>
    public static async Task<NodeCluster> StartAsync(
        int nodes, CancellationToken cancellationToken, bool ownPostgres = false, bool redisKeepsData = false, bool breakableLinks = false,
        params (string Name, string Value)[] settings)
    {
        var postgres = ownPostgres ? await PostgresServer.StartAsync(cancellationToken) : null;
        var database = postgres?.CreateDatabase() ?? await SharedPostgres.CreateDatabaseAsync();
        var redis = await RedisServer.StartAsync(cancellationToken, redisKeepsData);
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

        List<FaultProxy> links = breakableLinks ? [.. Enumerable.Range(0, nodes).Select(_ => FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, redis.Port)))] : [];
        var starting = Enumerable.Range(0, nodes).Select(StartAsync).ToList();
        try
        {
            return new NodeCluster(postgres, redis, database, links, await Task.WhenAll(starting));
        }
        catch
        {
            // One that did not start has ended itself; the others and what they stand on would stay.
            await EndAsync(starting.Where(node => node.IsCompletedSuccessfully).Select(node => node.Result), links, redis, postgres);
            throw;
        }

        Task<ServerProcess> StartAsync(int index) => ServerProcess.StartAsync(
            breakableLinks ? new Dictionary<string, string>(all) { ["ConnectionStrings__Redis"] = links[index].EndPoint.ToString() } : all, cancellationToken);
    }

    /// <summary>A person with an account.</summary>
    public Task<TestUser> SignUpAsync(string userName, CancellationToken cancellationToken) =>
        TestUser.SignUpAsync(Balancer.Address, userName, cancellationToken);

    /// <summary>Two people in one chat, with clients that write down what they see.</summary>
    /// <param name="run">Where they write it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="moving">Whether they are where the balancer puts them, now and after every loss, rather than at the first node and the last.</param>
    public async Task<(RecordingClient Ada, RecordingClient Bob)> TwoPeopleAsync(
        RecordedRun run, CancellationToken cancellationToken, bool moving = false)
    {
        var (ada, bob) = (await SignUpAsync("ada", cancellationToken), await SignUpAsync("bob", cancellationToken));
        await using var hub = await ada.ConnectAsync(cancellationToken);
        var chat = await hub.CreateChatAsync(cancellationToken, bob);
        return (
            await run.JoinAsync(ada, chat, cancellationToken, moving ? Balancer.Address : Nodes[0].Address),
            await run.JoinAsync(bob, chat, cancellationToken, moving ? Balancer.Address : Nodes[^1].Address));
    }

    /// <summary>The node that writes a reply.</summary>
    public async Task<ServerProcess> OwnerAsync(string? generationId, CancellationToken cancellationToken)
    {
        ServerProcess? owner = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                var generations = await StoredState.GenerationsAsync(Database, cancellationToken);
                owner = generations.Single(generation => generation.Id.ToString() == generationId).Owner is { } id
                    ? Nodes.SingleOrDefault(node => node.Output.Contains($"This is node {id}", StringComparison.Ordinal))
                    : null;
                return owner is not null;
            },
            cancellationToken);
        return owner!;
    }

    /// <summary>Stops a reply from a node that does not write it.</summary>
    public async Task StopFromElsewhereAsync(TestUser asker, string? generationId, CancellationToken cancellationToken)
    {
        var owner = await OwnerAsync(generationId, cancellationToken);
        var elsewhere = Nodes.First(node => node != owner);
        await using var hub = await TestConnection.OpenAsync(new Uri(elsewhere.Address, "/hubs/chat"), () => asker.Token, cancellationToken);
        await hub.CallAsync("StopGeneration", cancellationToken, generationId);
    }

    /// <summary>Waits until every node that runs says this of itself.</summary>
    public async Task SayAsync(string readiness, CancellationToken cancellationToken)
    {
        foreach (var node in Nodes.Where(node => !node.HasExited))
        {
            await SaysAsync(node, readiness, cancellationToken);
        }
    }

    /// <summary>Waits until a node says this of itself.</summary>
    public static async Task SaysAsync(ServerProcess node, string readiness, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () => await http.GetStringAsync(new Uri(node.Address, "readyz"), cancellationToken) == readiness,
            cancellationToken,
            TimeSpan.FromSeconds(30),
            $"{node.Address} says {readiness}");
    }

    public async ValueTask DisposeAsync()
    {
        await Balancer.DisposeAsync();
        await EndAsync(Nodes, RedisLinks, Redis, OwnPostgres);
    }

    private static async Task EndAsync(IEnumerable<ServerProcess> nodes, IEnumerable<FaultProxy> links, RedisServer redis, PostgresServer? postgres)
    {
        foreach (var part in nodes.Concat<IAsyncDisposable>(links))
        {
            await part.DisposeAsync();
        }

        await redis.DisposeAsync();
        if (postgres is not null)
        {
            await postgres.DisposeAsync();
        }
    }
}
