using System.Diagnostics;

namespace HubChat.Tests.Cluster;

/// <summary>Kills nodes and Redis at random and starts them again. One node always lives.</summary>
internal sealed class ChaosKiller(NodeCluster cluster, ChaosPlan plan)
{
    private readonly Random _random = new(plan.Seed);
    private readonly Dictionary<ServerProcess, Task> _nodesBack = cluster.Nodes.ToDictionary(node => node, _ => Task.CompletedTask);
    private Task _redisBack = Task.CompletedTask;

    public int NodesKilled { get; private set; }

    public int RedisKilled { get; private set; }

    /// <summary>Returns when everything runs again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(plan.KillEvery);
        while (watch.Elapsed < plan.Length)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            Kill(cancellationToken);
        }

        await Task.WhenAll([.. _nodesBack.Values, _redisBack]);
    }

    private void Kill(CancellationToken cancellationToken)
    {
        var living = _nodesBack.Where(entry => entry.Value.IsCompletedSuccessfully).Select(entry => entry.Key).ToList();
        List<ServerProcess?> victims = [.. living.Count > 1 ? living : [], .. _redisBack.IsCompletedSuccessfully ? [null] : Array.Empty<ServerProcess?>()];
        if (victims.Count == 0)
        {
            return;
        }

        var pause = TimeSpan.FromMilliseconds(_random.Next(200, 3_000));
        if (victims[_random.Next(victims.Count)] is { } node)
        {
            NodesKilled++;
            node.Kill();
            _nodesBack[node] = StartAsync(node, pause, cancellationToken);
        }
        else
        {
            RedisKilled++;
            _redisBack = KillRedisAsync(pause, forgets: _random.Next(2) == 0, cancellationToken);
        }
    }

    private static async Task StartAsync(ServerProcess node, TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, cancellationToken);
        await node.RestartAsync(cancellationToken);
    }

    private async Task KillRedisAsync(TimeSpan pause, bool forgets, CancellationToken cancellationToken)
    {
        await cluster.Redis.KillAsync(cancellationToken);
        await Task.Delay(pause, cancellationToken);
        if (forgets)
        {
            cluster.Redis.Forget();
        }

        await cluster.Redis.RestartAsync(cancellationToken);
    }
}
