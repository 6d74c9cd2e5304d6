using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>
/// What every connection must be told (sqlite.org/pragma.html): durable commits, patience with locks, that deleted text is overwritten, and that a log
/// that had grown is cut when it begins anew.
/// </summary>
internal sealed class SqlitePragmas(IOptions<StorageOptions> options) : DbConnectionInterceptor
{
    private readonly string _sql =
        $"PRAGMA synchronous=FULL; PRAGMA busy_timeout={(int)options.Value.BusyTimeout.TotalMilliseconds}; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
        + $"PRAGMA journal_size_limit={options.Value.LogAlertBytes / 4};";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = _sql;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = _sql;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
