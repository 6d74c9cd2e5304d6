using HubChat.Server.Chats;
using HubChat.Server.Models.Ollama;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Models;

internal static class ModelSetup
{
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        // A list drops what it cannot read, unless it is told not to. Checked by the catalog, at the start and with each change: what
        // checks at the start alone would throw at a later mistake where nobody catches it.
        services.AddOptions<AssistantOptions>().BindConfiguration(AssistantOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true);
        services.AddSingleton<IValidateOptions<AssistantOptions>, AssistantOptionsValidator>();
        services.AddSingleton<IValidateOptions<AssistantOptions>, ModelKeyPlacement>();

        services.AddSingleton<ModelFactory>();
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<IModelNames>(provider => provider.GetRequiredService<ModelCatalog>());
        services.AddHostedService<OllamaDiscovery>();
        return services;
    }
}
