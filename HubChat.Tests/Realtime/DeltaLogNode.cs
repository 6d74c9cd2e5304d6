using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Redis;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HubChat.Tests.Realtime;

/// <summary>The delta log of one node, with a connection of its own to Redis.</summary>
internal sealed class DeltaLogNode : IAsyncDisposable
{
    private DeltaLogNode(RedisServer server)
    {
        var options = Options.Create(new RealtimeOptions());
        Redis = new RedisConnection(server.Connection, NullLogger<RedisConnection>.Instance);
        Backplane = new RedisBackplane(Redis, Identity);
        Local = new MemoryDeltaLog(options, TimeProvider.System);
        Log = new SharedDeltaLog(
            Local, new DeltaStream(Redis, Identity, options), Backplane, TimeProvider.System, NullLogger<SharedDeltaLog>.Instance);
    }

    public NodeIdentity Identity { get; } = NodeIdentity.New();

    public RedisConnection Redis { get; }

    public RedisBackplane Backplane { get; }

    public MemoryDeltaLog Local { get; }

    public SharedDeltaLog Log { get; }

    public static async Task<DeltaLogNode> StartAsync(RedisServer server, CancellationToken cancellationToken)
    {
        var node = new DeltaLogNode(server);
        await node.Redis.StartAsync(cancellationToken);
        await Eventually.HoldsAsync(() => node.Redis.IsAvailable, cancellationToken);
        await node.Log.StartAsync(cancellationToken);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await Log.StopAsync(CancellationToken.None);
        Log.Dispose();
        await Redis.DisposeAsync();
    }
}
