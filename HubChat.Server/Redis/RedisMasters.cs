using System.Net;
using StackExchange.Redis;

namespace HubChat.Server.Redis;

/// <summary>The servers that take what is written: one, or several of a Redis Cluster, each of which has some of the keys.</summary>
internal static class RedisMasters
{
    // Numbers that are tried for one that leads to each master. A master of very few keys may be missed.
    private const int MaxNumber = 4_096;

    // Redis Cluster has so many places for keys.
    private const int Slots = 16_384;
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromMinutes(1);

    /// <summary>Writes something to each of them.</summary>
    public static async Task WriteAsync(ConnectionMultiplexer connection)
    {
        var database = connection.GetDatabase();
        RedisKey[] keys = ClusterOf(connection) is { } cluster ? [.. KeysOf(cluster)] : [RedisKeys.Probe];
        await Task.WhenAll(keys.Select(key => database.StringSetAsync(key, Environment.MachineName, ProbeLifetime)));
    }

    /// <summary>All of them, also those that cannot be reached now: what has to be done at each must not be taken for done.</summary>
    public static IEnumerable<IServer> Of(IConnectionMultiplexer connection) => ClusterOf(connection) is { } cluster
        ? MastersOf(cluster).Select(master => connection.GetServer(master))
        : connection.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>Asks a cluster again who has which keys: a replica may have taken the place of a master that is away.</summary>
    public static async Task LookAgainAsync(IConnectionMultiplexer connection)
    {
        if (ClusterOf(connection) is not null)
        {
            try
            {
                await connection.ConfigureAsync();
            }
            catch (Exception exception) when (RedisConnection.IsFailure(exception))
            {
                // It is asked again after the next probe.
            }
        }
    }

    private static ClusterConfiguration? ClusterOf(IConnectionMultiplexer connection) =>
        connection.GetServers().OrderByDescending(server => server.IsConnected).Select(server => server.ClusterConfiguration).FirstOrDefault(known => known is not null);

    /// <exception cref="RedisException">A master is missing: the others do not name one that they take for dead.</exception>
    private static List<EndPoint> MastersOf(ClusterConfiguration cluster)
    {
        var masters = cluster.Nodes.Where(node => node is { IsReplica: false, Slots.Count: > 0, EndPoint: not null }).ToList();
        return masters.Sum(master => master.Slots.Sum(range => range.To - range.From + 1)) >= Slots
            ? [.. masters.Select(master => master.EndPoint!)]
            : throw new RedisException("A part of the keys of the Redis Cluster has no master.");
    }

    private static IEnumerable<RedisKey> KeysOf(ClusterConfiguration cluster)
    {
        var missing = MastersOf(cluster).ToHashSet();
        for (var number = 0; missing.Count > 0 && number < MaxNumber; number++)
        {
            var key = RedisKeys.ProbeOf(number);
            if (cluster.GetBySlot(key)?.EndPoint is { } master && missing.Remove(master))
            {
                yield return key;
            }
        }
    }
}
