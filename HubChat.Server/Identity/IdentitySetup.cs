using HubChat.Server.Identity.Signing;
using HubChat.Server.Limits;
using HubChat.Server.Redis;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

internal static class IdentitySetup
{
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddOptions<AccountOptions>().BindConfiguration(AccountOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccountOptions>, AccountOptionsValidator>();
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>();

        services.AddIdentityCore<User>();
        services.AddOptions<IdentityOptions>().Configure<IOptions<AccountOptions>>((identity, accounts) =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.Lockout.AllowedForNewUsers = true;
            identity.Lockout.MaxFailedAccessAttempts = accounts.Value.MaxFailedPasswords;
            identity.Lockout.DefaultLockoutTimeSpan = accounts.Value.LockoutFor;

            // NIST SP 800-63B: length counts, required kinds of characters do not help.
            identity.Password.RequiredLength = AccountRules.MinPasswordLength;
            identity.Password.RequireDigit = false;
            identity.Password.RequireLowercase = false;
            identity.Password.RequireUppercase = false;
            identity.Password.RequireNonAlphanumeric = false;
        });
        services.AddOptions<PasswordHasherOptions>().Configure<IOptions<AccountOptions>>(
            (hasher, accounts) => hasher.IterationCount = accounts.Value.PasswordIterations);

        services.AddOptions<SigningOptions>().BindConfiguration(SigningOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SigningOptions>, SigningOptionsValidator>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<SignedTokens>();

        services.AddSingleton<SessionService>();
        services.AddSingleton<MemoryTicketStore>();
        services.AddSingleton<ITicketStore>(provider => provider.GetService<RedisConnection>() is { } redis
            ? ActivatorUtilities.CreateInstance<RedisTicketStore>(provider, redis)
            : provider.GetRequiredService<MemoryTicketStore>());
        services.AddSingleton<TicketService>();
        services.AddSingleton<SignInLimiter>();
        services.AddSingleton<PasswordGate>();
        services.AddSingleton<SetupToken>();
        services.AddHostedService(provider => provider.GetRequiredService<SetupToken>());
        services.AddSingleton<AdminAccess>();
        services.AddSingleton<AccountAdministration>();
        services.AddScoped<AccountService>();

        services.AddAuthentication(SessionAuthenticationHandler.Scheme)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(SessionAuthenticationHandler.Scheme, configureOptions: null)
            .AddScheme<BearerAuthenticationOptions, BearerAuthenticationHandler>(BearerAuthenticationHandler.AnyToken, configureOptions: null)
            .AddScheme<BearerAuthenticationOptions, BearerAuthenticationHandler>(BearerAuthenticationHandler.KeysOnly, bearer => bearer.KeysOnly = true);
        services.AddAuthorization();
        return services;
    }
}
