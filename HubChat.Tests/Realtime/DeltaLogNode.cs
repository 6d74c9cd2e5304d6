using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Redis;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HubChat.Tests.Realtime;

/// <summary>The delta log of one node, with a connection of its own to Redis.</summary>
internal sealed class DeltaLogNode : IAttemptFence, IAsyncDisposable
{
    private DeltaLogNode(RedisConnection redis)
    {
        var options = Options.Create(new RealtimeOptions());
        Redis = redis;
        Backplane = new RedisBackplane(Redis, Identity);
        Local = new MemoryDeltaLog(options, TimeProvider.System);
        Log = new SharedDeltaLog(
            Local, new DeltaStream(Redis, Identity, options), Backplane, this, TimeProvider.System, NullLogger<SharedDeltaLog>.Instance);
    }

    public NodeIdentity Identity { get; } = NodeIdentity.New();

    public RedisConnection Redis { get; }

    public RedisBackplane Backplane { get; }

    public MemoryDeltaLog Local { get; }

    /// <summary>The attempt that the database knows; null when it cannot be asked.</summary>
    public long? Attempt { get; set; }

    public SharedDeltaLog Log { get; }

    public static async Task<DeltaLogNode> StartAsync(RedisServer server, CancellationToken cancellationToken) =>
        await StartAsync(await server.OpenAsync(cancellationToken), cancellationToken);

    public static async Task<DeltaLogNode> StartAsync(RedisConnection redis, CancellationToken cancellationToken)
    {
        var node = new DeltaLogNode(redis);
        await node.Log.StartAsync(cancellationToken);
        return node;
    }

    public Task<bool> MayWriteAsync(GenerationId id, long epoch, CancellationToken cancellationToken) => Task.FromResult(Attempt is null || Attempt == epoch);

    public async ValueTask DisposeAsync()
    {
        await Log.StopAsync(CancellationToken.None);
        Log.Dispose();
        await Redis.DisposeAsync();
    }
}
