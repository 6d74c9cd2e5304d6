using Microsoft.Extensions.Options;

namespace HubChat.Server.Nodes;

internal static class NodeSetup
{
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.AddOptions<NodeOptions>().BindConfiguration(NodeOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NodeOptions>, NodeOptionsValidator>();
        services.AddSingleton(NodeIdentity.New());
        services.AddSingleton<NodeHeartbeat>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeHeartbeat>());
        return services;
    }
}
