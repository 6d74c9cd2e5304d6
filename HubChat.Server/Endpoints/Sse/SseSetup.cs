using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

internal static class SseSetup
{
    public static IServiceCollection AddSse(this IServiceCollection services)
    {
        services.AddOptions<SseOptions>().BindConfiguration(SseOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SseOptions>, SseOptionsValidator>();
        services.AddAuthorizationBuilder().AddPolicy(SseEndpoints.Policy, policy => policy
            .AddAuthenticationSchemes(BearerAuthenticationHandler.AnyToken)
            .RequireAuthenticatedUser()
            .RequireAssertion(context => SessionIdentity.Of(context.User)?.User.MayChat == true));
        services.AddSingleton<ResumeTokens>();
        services.AddSingleton<TurnReader>();
        services.AddSingleton<TurnWriter>();
        services.AddSingleton<ConversationReader>();
        services.AddConversationCache();

        // The framework takes the first writer that can write, and its own can write nearly everything.
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, SseProblems>());
        return services;
    }
}
