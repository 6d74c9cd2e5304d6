using HubChat.Server.Chats;
using HubChat.Server.Generations.Models;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

internal static class GenerationSetup
{
    // The demo model reads one message and answers in a few hundred words.
    private const int DemoContextTokens = 8_192;
    private const int DemoOutputTokens = 1_024;

    public static IServiceCollection AddGenerations(this IServiceCollection services)
    {
        services.AddOptions<GenerationOptions>().BindConfiguration(GenerationOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GenerationOptions>, GenerationOptionsValidator>();
        services.AddOptions<AssistantOptions>().BindConfiguration(AssistantOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AssistantOptions>, AssistantOptionsValidator>();

        services.AddSingleton<DemoModel>();
        services.AddSingleton(provider => new AssistantModel(
            DemoModel.Name, provider.GetRequiredService<DemoModel>(), DemoContextTokens, DemoOutputTokens, WritesTitles: false));
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<IModelNames>(provider => provider.GetRequiredService<ModelCatalog>());

        services.AddSingleton<PromptBuilder>();
        services.AddSingleton<ReplyCompletion>();
        services.AddSingleton<TitleWriter>();
        services.AddSingleton<ReplyRunner>();
        services.AddSingleton<OrphanSweep>();
        services.AddSingleton<ReplyReader>();
        services.AddSingleton<GenerationService>();
        services.AddSingleton<GenerationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<GenerationWorker>());
        return services;
    }
}
