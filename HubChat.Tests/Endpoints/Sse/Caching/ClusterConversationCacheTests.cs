using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Redis;
using HubChat.Tests.Redis;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class ClusterConversationCacheTests(RedisCluster cluster) : ConversationCacheFacts, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private RedisConnection _redis = null!;
    private RedisConversationCache _cache = null!;

    private protected override IConversationCache Cache => _cache;

    public async ValueTask InitializeAsync()
    {
        _redis = await cluster.OpenAsync(Token);
        _cache = new RedisConversationCache(_redis, Options.Create(new CachingOptions()));
        await Eventually.HoldsAsync(async () => (await _cache.FindHistoryAsync(Chat)).Version is not null, Token);
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
