using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Diagnostics;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Realtime;
using HubChat.Server.Storage.Postgres;
using HubChat.Server.Storage.Sqlite;
using HubChat.Server.Usage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage;

internal static class StorageSetup
{
    private const string ConnectionName = "HubChat";
    private const string PostgresPrefix = "Host=";

    /// <summary>Chooses the database by what its connection string begins with.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.TryAddSingleton<IFailpoints, NoFailpoints>();

        var connection = configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new StartupException("ConnectionStrings:HubChat is missing. Start in the folder of appsettings.json, or set ASPNETCORE_CONTENTROOT to it.");
        }

        _ = connection.TrimStart().StartsWith(PostgresPrefix, StringComparison.OrdinalIgnoreCase) ? services.AddPostgres(connection) : services.AddSqlite(connection);
        services.AddSingleton<SummaryQuery>();
        services.AddSingleton<ListingQuery>();
        services.AddSingleton<SearchQuery>();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<IChatStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IChatLog>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<ISessionStore, SessionStore>();
        services.AddSingleton<IAccountStore, AccountStore>();
        services.AddSingleton<IAuditStore, AuditStore>();
        services.AddSingleton<ISigningKeyStore, SigningKeyStore>();
        services.AddSingleton<GenerationStore>();
        services.AddSingleton<IGenerationStore>(provider => provider.GetRequiredService<GenerationStore>());
        services.AddSingleton<IAttemptFence>(provider => provider.GetRequiredService<GenerationStore>());
        services.AddSingleton<ILedger, LedgerStore>();

        // What one node protects any of them opens. The name keeps it apart from what other applications protect with the same keys.
        services.AddDataProtection().SetApplicationName("HubChat").PersistKeysToDbContext<ChatDbContext>();
        services.AddIdentityCore<User>().AddEntityFrameworkStores<ChatDbContext>();
        return services;
    }

    /// <summary>Registers the context, as a factory for what lives long and as a scoped one.</summary>
    public static void AddDatabase(this IServiceCollection services, Action<IServiceProvider, DbContextOptionsBuilder> use)
    {
        services.AddPooledDbContextFactory<ChatDbContext>((provider, options) =>
        {
            use(provider, options);

            // Migrations are written by hand and have no snapshot; a test proves that they make the model's schema.
            options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
        });
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContext());
    }
}
