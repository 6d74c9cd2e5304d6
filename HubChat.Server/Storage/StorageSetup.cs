using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Diagnostics;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Storage.Sqlite;
using HubChat.Server.Usage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage;

internal static class StorageSetup
{
    private const string ConnectionName = "HubChat";

    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.TryAddSingleton<IFailpoints, NoFailpoints>();

        services.AddSingleton(provider => Connection(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<IHostEnvironment>(),
            provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton<SqlitePragmas>();
        services.AddPooledDbContextFactory<ChatDbContext>((provider, options) => options
            .UseSqlite(
                provider.GetRequiredService<SqliteConnectionStringBuilder>().ToString(),

                // A list of ids is one parameter, however many they are: each number of parameters would be a query of its own to translate.
                sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(provider.GetRequiredService<SqlitePragmas>())

            // Migrations are written by hand and have no snapshot; a test proves that they make the model's schema.
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)));
        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContext());

        // In this order: the file is ready before anything writes, and the writer is the last to stop.
        services.AddSingleton<SqliteFile>();
        services.AddHostedService(provider => provider.GetRequiredService<SqliteFile>());
        services.AddSingleton<SqliteWriter>();
        services.AddSingleton<IDatabaseWriter>(provider => provider.GetRequiredService<SqliteWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<SqliteWriter>());

        services.AddSingleton<SummaryQuery>();
        services.AddSingleton<ListingQuery>();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<IChatStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IChatLog>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<ISessionStore, SessionStore>();
        services.AddSingleton<IAccountStore, AccountStore>();
        services.AddSingleton<IAuditStore, AuditStore>();
        services.AddSingleton<ISigningKeyStore, SigningKeyStore>();
        services.AddSingleton<IGenerationStore, GenerationStore>();
        services.AddSingleton<ILedger, LedgerStore>();
        services.AddIdentityCore<User>().AddEntityFrameworkStores<ChatDbContext>();
        return services;
    }

    /// <summary>A relative path is one from the content root, wherever the server was started.</summary>
    private static SqliteConnectionStringBuilder Connection(
        IConfiguration configuration, IHostEnvironment environment, StorageOptions options)
    {
        var configured = configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(configured))
        {
            throw new StartupException("ConnectionStrings:HubChat is missing. Start in the folder of appsettings.json, or set ASPNETCORE_CONTENTROOT to it.");
        }

        try
        {
            var connection = new SqliteConnectionStringBuilder(configured);
            connection.DataSource = Path.GetFullPath(connection.DataSource, environment.ContentRootPath);

            // The driver repeats a statement that found the database locked for as long as a command may take, whatever busy_timeout
            // says. Whole seconds, and 0 would be for ever.
            connection.DefaultTimeout = Math.Max(1, (int)options.BusyTimeout.TotalSeconds);
            return connection;
        }
        catch (ArgumentException exception)
        {
            throw new StartupException($"ConnectionStrings:HubChat is not a connection string of SQLite, such as 'Data Source=data/hubchat.db'. {exception.Message}", exception);
        }
    }
}
