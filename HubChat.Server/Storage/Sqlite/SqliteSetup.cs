using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>The database of one process: a file.</summary>
internal static class SqliteSetup
{
    public static IServiceCollection AddSqlite(this IServiceCollection services, string connection)
    {
        services.AddSingleton(provider => Connection(
            connection, provider.GetRequiredService<IHostEnvironment>(), provider.GetRequiredService<IOptions<StorageOptions>>().Value));
        services.AddSingleton<SqlitePragmas>();
        services.AddDatabase((provider, options) => options
            .UseSqlite(
                provider.GetRequiredService<SqliteConnectionStringBuilder>().ToString(),

                // A list of ids is one parameter, however many they are: each number of parameters would be a query of its own to translate.
                sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(provider.GetRequiredService<SqlitePragmas>()));

        services.AddSingleton<IMessageIndex, SqliteMessageIndex>();

        // In this order: the file is ready before anything writes, and the writer is the last to stop.
        services.AddSingleton<SqliteFile>();
        services.AddHostedService(provider => provider.GetRequiredService<SqliteFile>());
        services.AddSingleton<SqliteWriter>();
        services.AddSingleton<IDatabaseWriter>(provider => provider.GetRequiredService<SqliteWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<SqliteWriter>());
        services.AddHostedService<SqliteLogMonitor>();
        return services;
    }

    /// <summary>A relative path is one from the content root, wherever the server was started.</summary>
    private static SqliteConnectionStringBuilder Connection(string configured, IHostEnvironment environment, StorageOptions options)
    {
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
