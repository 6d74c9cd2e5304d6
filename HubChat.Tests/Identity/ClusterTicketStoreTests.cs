using HubChat.Server.Identity;
using HubChat.Server.Redis;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Identity;

public sealed class ClusterTicketStoreTests(RedisCluster cluster) : TicketStoreFacts, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private RedisConnection _redis = null!;
    private RedisTicketStore _store = null!;

    private protected override ITicketStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _redis = await cluster.OpenAsync(Token);
        _store = new RedisTicketStore(_redis, new MemoryTicketStore(Options.Create(new AccountOptions()), TimeProvider.System));
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
