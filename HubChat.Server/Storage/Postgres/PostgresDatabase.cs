using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HubChat.Server.Storage.Postgres;

/// <summary>Makes sure, before anything is served, that the database is there, is one that keeps texts as they are, and has all migrations.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source, IDbContextFactory<ChatDbContext> contexts) : IHostedService
{
    // Several nodes may start at once; one of them migrates.
    private const long MigrationLock = 0x48756243_68617400;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await RequireEncodingAsync(connection, cancellationToken);
            await ExecuteAsync(connection, $"SET lock_timeout = 0; SELECT pg_advisory_lock({MigrationLock})", cancellationToken);
            try
            {
                await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                db.Database.SetCommandTimeout(TimeSpan.Zero);
                await db.Database.MigrateAsync(cancellationToken);
            }
            finally
            {
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({MigrationLock})", CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            throw new StartupException($"The database of ConnectionStrings:HubChat cannot be used: {exception.Message}", exception);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task RequireEncodingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SHOW server_encoding", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is not "UTF8" and var encoding)
        {
            throw new StartupException($"The database has the encoding {encoding}. HubChat needs UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.");
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Whoever migrates may take its time; those who wait for it must not give up and end.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
