using Microsoft.Extensions.Options;

namespace HubChat.Server.Usage;

internal static class UsageSetup
{
    public static IServiceCollection AddUsage(this IServiceCollection services)
    {
        services.AddOptions<UsageOptions>().BindConfiguration(UsageOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<UsageOptions>, UsageOptionsValidator>();
        services.AddSingleton<IUsageCounters, MemoryUsageCounters>();
        services.AddSingleton<UsageLimits>();
        services.AddHostedService<UsageRestore>();
        return services;
    }
}
