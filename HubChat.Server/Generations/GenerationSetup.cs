using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

internal static class GenerationSetup
{
    public static IServiceCollection AddGenerations(this IServiceCollection services)
    {
        services.AddOptions<GenerationOptions>().BindConfiguration(GenerationOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GenerationOptions>, GenerationOptionsValidator>();

        services.AddSingleton<PromptBuilder>();
        services.AddSingleton<ReplyCompletion>();
        services.AddSingleton<TitleWriter>();
        services.AddSingleton<ReplyRunner>();
        services.AddSingleton<OrphanSweep>();
        services.AddSingleton<ReplyReader>();
        services.AddSingleton<EntryReader>();
        services.AddSingleton<TitleService>();
        services.AddSingleton<GenerationService>();
        services.AddSingleton<CallLedger>();
        services.AddSingleton<CompletionService>();
        services.AddHostedService(provider => provider.GetRequiredService<CompletionService>());
        services.AddSingleton<GenerationWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<GenerationWorker>());
        return services;
    }
}
