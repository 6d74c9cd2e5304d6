using HubChat.Server.Realtime;
using HubChat.Tests.Redis;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class ClusterDeltaLogTests(RedisCluster cluster) : DeltaLogFacts, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private TwoNodeDeltaLog _log = null!;

    private protected override IDeltaLog Log => _log;

    public async ValueTask InitializeAsync() => _log = await TwoNodeDeltaLog.StartAsync(cluster, Token);

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
