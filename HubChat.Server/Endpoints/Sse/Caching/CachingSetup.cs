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
            ? ActivatorUtilities.CreateInstance<RedisConversationCache>(provider, redis)
            : ActivatorUtilities.CreateInstance<MemoryConversationCache>(provider));
        services.AddSingleton<IChatListener, CacheInvalidation>();
        return services;
    }
}
