using HubChat.Server.Redis;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Realtime;

internal static class RealtimeSetup
{
    /// <summary>In memory where there is no Redis; else between nodes.</summary>
    public static IServiceCollection AddRealtime(this IServiceCollection services)
    {
        services.AddOptions<RealtimeOptions>().BindConfiguration(RealtimeOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RealtimeOptions>, RealtimeOptionsValidator>();
        services.AddSingleton<MemoryDeltaLog>();
        if (!services.Any(service => service.ServiceType == typeof(RedisConnection)))
        {
            services.AddSingleton<IBackplane, NoBackplane>();
            services.AddSingleton<IPresence, NoPresence>();
            services.AddSingleton<IDeltaLog>(provider => provider.GetRequiredService<MemoryDeltaLog>());
            return services;
        }

        services.AddSingleton<IBackplane, RedisBackplane>();
        services.AddSingleton<IPresence, RedisPresence>();
        services.AddSingleton<DeltaStream>();
        services.AddSingleton<SharedDeltaLog>();
        services.AddSingleton<IDeltaLog>(provider => provider.GetRequiredService<SharedDeltaLog>());
        services.AddHostedService(provider => provider.GetRequiredService<SharedDeltaLog>());
        return services;
    }
}
