using System.Net;
using System.Net.Sockets;
using HubChat.Server.Redis;
using HubChat.Tests.Deploy;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Redis;

/// <summary>A Redis Cluster of the test's own: three masters, each with a third of the keys and no replica.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    // The masters talk with each other there: so much above the port of clients.
    private const int BusOffset = 10_000;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    internal IReadOnlyList<RedisServer> Masters { get; } =
    [
        .. Enumerable.Range(0, 3).Select(_ => new RedisServer(port: NextPort())
        {
            // With a part of the keys away, the others go on.
            Arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"],
        }),
    ];

    /// <summary>What <c>ConnectionStrings:Redis</c> is to say.</summary>
    internal string Connection => string.Join(',', Masters.Select(master => master.Connection));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var master in Masters)
        {
            await master.RestartAsync(Token);
        }

        var (exitCode, output) = await Tool.RunAsync(
            Tool.Find("redis-cli"),
            ["--cluster", "create", .. Masters.Select(master => master.Connection), "--cluster-replicas", "0", "--cluster-yes"],
            Token);
        Assert.True(exitCode == 0, output);

        // Each has to have heard of the others.
        await Eventually.HoldsAsync(
            async () =>
            {
                var states = await Task.WhenAll(Masters.Select(master => Tool.RunAsync("redis-cli", ["-p", $"{master.Port}", "cluster", "info"], Token)));
                return states.All(state => state.Output.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && state.Output.Contains("cluster_known_nodes:3", StringComparison.Ordinal));
            },
            Token,
            ReadyWithin);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var master in Masters)
        {
            await master.DisposeAsync();
        }
    }

    /// <summary>A connection as a node has it, once it can be used. Whoever asks disposes of it.</summary>
    internal async Task<RedisConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new RedisConnection(Connection, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(cancellationToken);
        await Eventually.HoldsAsync(() => connection.IsAvailable, cancellationToken, ReadyWithin);
        return connection;
    }

    /// <summary>A client that looks into it past the server.</summary>
    internal async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync($"{Connection},allowAdmin=true");

    /// <summary>Forgets everything.</summary>
    internal async Task FlushAsync()
    {
        await using var client = await ConnectAsync();
        foreach (var server in client.GetServers())
        {
            await server.FlushAllDatabasesAsync();
        }
    }

    /// <summary>The master that has a key.</summary>
    internal async Task<RedisServer> MasterOfAsync(RedisKey key)
    {
        await using var client = await ConnectAsync();
        var owner = (IPEndPoint)client.GetServers()[0].ClusterConfiguration!.GetBySlot(key)!.EndPoint!;
        return Masters.Single(master => master.Port == owner.Port);
    }

    private static int NextPort()
    {
        while (true)
        {
            var port = FreePorts.Next();
            if (port + BusOffset <= IPEndPoint.MaxPort && IsFree(port + BusOffset))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
