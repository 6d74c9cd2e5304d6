using System.Globalization;
using HubChat.Server.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HubChat.Server.Storage.Postgres;

/// <summary>The database of many processes.</summary>
internal static class PostgresSetup
{
    private const string SharedName = "hubchat";

    public static IServiceCollection AddPostgres(this IServiceCollection services, string connection)
    {
        services.AddSingleton(provider => NpgsqlDataSource.Create(Connection(
            connection, provider.GetRequiredService<IOptions<StorageOptions>>().Value, provider.GetRequiredService<IOptions<NodeOptions>>().Value.Lease)));
        services.AddDatabase((provider, options) => options.UseNpgsql(
            provider.GetRequiredService<NpgsqlDataSource>(),

            // A list of ids is one parameter, however many they are: each number of parameters would be a query of its own to translate.
            postgres => postgres.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter)));
        services.AddHostedService<PostgresDatabase>();
        services.AddSingleton<INodeStore, PostgresNodes>();
        services.AddSingleton<IMessageIndex, PostgresMessageIndex>();
        services.AddSingleton<IDatabaseWriter, PostgresWriter>();
        return services;
    }

    private static NpgsqlConnectionStringBuilder Connection(string configured, StorageOptions options, TimeSpan lease)
    {
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(configured)
            {
                MaxPoolSize = options.MaxConnections,

                // Also how long a connection of the pool is waited for. Whole seconds, and 0 would be for ever.
                Timeout = Math.Max(1, (int)options.BusyTimeout.TotalSeconds),
                CommandTimeout = 2 * Math.Max(1, (int)options.BusyTimeout.TotalSeconds),
            };
            connection.ApplicationName ??= SharedName;
            connection.MinPoolSize = Math.Min(connection.MinPoolSize, connection.MaxPoolSize);

            // What is acknowledged is on disk, whatever the server's own settings say; and nobody waits for a lock without end.
            // A node that freezes in the middle of a write keeps its locks no longer than its replies: others must be able to take them over.
            connection.Options = string.Create(
                CultureInfo.InvariantCulture,
                $"{connection.Options} -c synchronous_commit=on -c lock_timeout={options.BusyTimeout.TotalMilliseconds:0} "
                + $"-c idle_in_transaction_session_timeout={lease.TotalMilliseconds:0}").Trim();
            return connection;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new StartupException(
                $"ConnectionStrings:HubChat is not a connection string of PostgreSQL, such as 'Host=127.0.0.1;Database=hubchat;Username=hubchat;Password=…'. {exception.Message}",
                exception);
        }
    }
}
