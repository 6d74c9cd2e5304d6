using HubChat.Server.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

internal static class OpenAISetup
{
    public static IServiceCollection AddOpenAI(this IServiceCollection services)
    {
        services.AddOptions<OpenAIOptions>().BindConfiguration(OpenAIOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OpenAIOptions>, OpenAIOptionsValidator>();
        services.AddAuthorizationBuilder().AddPolicy(OpenAIEndpoints.Policy, policy => policy
            .AddAuthenticationSchemes(BearerAuthenticationHandler.KeysOnly)
            .RequireAuthenticatedUser()
            .RequireAssertion(context => SessionIdentity.Of(context.User)?.User.Scopes.HasFlag(SessionScopes.Models) == true));
        services.AddSingleton<AnswerFactory>();
        services.AddSingleton<AnswerWriter>();

        // The framework takes the first writer that can write, and its own can write nearly everything.
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, OpenAIProblems>());
        return services;
    }
}
