using HubChat.Server.Chats;
using HubChat.Server.Redis;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse.Caching;

internal static class CachingSetup
{
    public static IServiceCollection AddConversationCache(this IServiceCollection services)
    {
        services.AddOptions<CachingOptions>().BindConfiguration(CachingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CachingOptions>, CachingOptionsValidator>();
        services.AddSingleton<IConversationCache>(provider => provider.GetService<RedisConnection>() is { } redis
            ? new RedisConversationCache(redis, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisConversationCache>>())
            : new MemoryConversationCache(provider.GetRequiredService<IOptions<CachingOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IChatListener, CacheInvalidation>();
        return services;
    }
}
