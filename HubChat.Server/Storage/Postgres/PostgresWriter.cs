using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Postgres;

/// <summary>
/// Each write is a transaction of its own; PostgreSQL flushes those that end together together. They leave some connections to readers,
/// and of those that wait for one there is a bound.
/// </summary>
internal sealed partial class PostgresWriter(
    IDbContextFactory<ChatDbContext> contexts, IFailpoints failpoints, IOptions<StorageOptions> options, ILogger<PostgresWriter> logger)
    : IDatabaseWriter, IDisposable
{
    private readonly SemaphoreSlim _slots = new(Math.Max(1, options.Value.MaxConnections * 3 / 4));
    private int _waiting;

    public async Task<T> WriteAsync<T>(Func<ChatDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await EnterAsync(cancellationToken);
        try
        {
            return await WriteAsync(work);
        }
        catch (Exception exception) when (DatabaseFailures.Translate(exception) is { } refusal)
        {
            // Whether the commit was done may be unknown. Whoever repeats the call under the same id finds out.
            LogFailed(exception);
            throw refusal;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<T> WriteAsync<T>(Func<ChatDbContext, Task<T>> work)
    {
        var startedAt = HubTelemetry.Now;

        // Whoever asked may have gone: a write that has begun is finished all the same.
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        var result = await work(db);
        failpoints.Hit(Failpoint.BeforeCommit);
        await transaction.CommitAsync(CancellationToken.None);
        HubTelemetry.Written(writes: 1, startedAt, "postgresql");
        failpoints.Hit(Failpoint.AfterCommitBeforeAcknowledge);
        return result;
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.Value.WriteQueue)
        {
            Interlocked.Decrement(ref _waiting);
            throw ChatException.Busy();
        }

        try
        {
            if (!await _slots.WaitAsync(options.Value.BusyTimeout, cancellationToken))
            {
                throw ChatException.Busy();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database did not take a write")]
    private partial void LogFailed(Exception exception);
}
