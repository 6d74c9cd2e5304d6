using Microsoft.Data.Sqlite;

namespace HubChat.Tests.Faults;

/// <summary>Another program that holds the write lock of a database.</summary>
internal sealed class DatabaseLock : IAsyncDisposable
{
    private readonly SqliteConnection _connection;

    private DatabaseLock(SqliteConnection connection) => _connection = connection;

    public static async Task<DatabaseLock> TakeAsync(string database, CancellationToken cancellationToken)
    {
        var held = new DatabaseLock(new SqliteConnection($"Data Source={database};Mode=ReadWrite;Pooling=False"));
        await held._connection.OpenAsync(cancellationToken);
        await held.RunAsync("BEGIN IMMEDIATE", cancellationToken);
        return held;
    }

    public Task ReleaseAsync(CancellationToken cancellationToken) => RunAsync("ROLLBACK", cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
