using HubChat.Server.Redis;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Usage;

internal static class UsageSetup
{
    public static IServiceCollection AddUsage(this IServiceCollection services)
    {
        services.AddOptions<UsageOptions>().BindConfiguration(UsageOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<UsageOptions>, UsageOptionsValidator>();
        services.AddSingleton<MemoryUsageCounters>();
        services.AddSingleton<IUsageCounters>(provider => provider.GetService<RedisConnection>() is { } redis
            ? ActivatorUtilities.CreateInstance<RedisUsageCounters>(provider, redis)
            : provider.GetRequiredService<MemoryUsageCounters>());
        services.AddSingleton<UsageLimits>();
        services.AddHostedService<UsageRestore>();
        if (services.Any(service => service.ServiceType == typeof(RedisConnection)))
        {
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<UsageUpkeep>(
                provider, provider.GetRequiredService<IUsageCounters>()));
        }

        return services;
    }
}
