namespace HubChat.Server.Redis;

internal static class RedisSetup
{
    /// <summary>Makes the connection where the configuration names a server, and only there.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration.GetConnectionString(RedisConnection.Name) is { } connection && !string.IsNullOrWhiteSpace(connection))
        {
            services.AddSingleton(provider => new RedisConnection(connection, provider.GetRequiredService<ILogger<RedisConnection>>()));
            services.AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        }

        return services;
    }
}
