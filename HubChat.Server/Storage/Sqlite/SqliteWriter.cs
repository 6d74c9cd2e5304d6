using System.Threading.Channels;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>
/// SQLite has one writer at a time; here it is one task. Writes that arrive while a transaction is being flushed to disk share the next
/// one, each behind its own savepoint.
/// </summary>
internal sealed partial class SqliteWriter(
    IDbContextFactory<ChatDbContext> contexts, IFailpoints failpoints, ServerState server, IOptions<StorageOptions> options, ILogger<SqliteWriter> logger)
    : BackgroundService, IDatabaseWriter
{
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(5);

    private readonly Channel<Write> _queue = Channel.CreateBounded<Write>(new BoundedChannelOptions(options.Value.WriteQueue)
    {
        SingleReader = true,
    });

    public Task<T> WriteAsync<T>(Func<ChatDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (server.IsUnwritable)
        {
            throw ChatException.Unwritable();
        }

        var write = new Write<T>(work);
        return _queue.Writer.TryWrite(write) ? write.Completion : throw ChatException.Busy();
    }

    /// <summary>What was accepted is written before the process ends, also when others have used up the time for stopping.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await running.WaitAsync(FlushWithin, CancellationToken.None);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not the stopping token: the queue is drained to its end.
        var batch = new List<Write>(options.Value.WriteBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < options.Value.WriteBatch && _queue.Reader.TryRead(out var write))
            {
                batch.Add(write);
            }

            await WriteAsync(batch);
            batch.Clear();
        }
    }

    private async Task WriteAsync(List<Write> batch)
    {
        if (server.IsUnwritable)
        {
            // They had been waiting when the disk failed.
            batch.ForEach(write => write.Fail(ChatException.Unwritable()));
            return;
        }

        var startedAt = HubTelemetry.Now;
        try
        {
            await using var db = await contexts.CreateDbContextAsync();
            await using var transaction = await db.Database.BeginTransactionAsync();
            foreach (var write in batch)
            {
                await RunAsync(write, db, transaction);
            }

            failpoints.Hit(Failpoint.BeforeCommit);
            await transaction.CommitAsync();
            HubTelemetry.Written(batch.Count, startedAt, "sqlite");
            failpoints.Hit(Failpoint.AfterCommitBeforeAcknowledge);
        }
        catch (Exception exception)
        {
            // Nothing of the batch is certain to be stored, so nothing of it is acknowledged.
            var refusal = Translate(exception);
            LogBatchFailed(exception, batch.Count);
            if (SqliteErrors.IsUnwritable(exception))
            {
                server.DatabaseIsUnwritable();
                LogUnwritable();
            }

            foreach (var write in batch)
            {
                write.Fail(refusal);
            }

            return;
        }

        foreach (var write in batch)
        {
            write.Complete();
        }
    }

    private static async Task RunAsync(Write write, ChatDbContext db, IDbContextTransaction transaction)
    {
        const string Savepoint = "write";
        await transaction.CreateSavepointAsync(Savepoint);
        try
        {
            await write.RunAsync(db);
            await transaction.ReleaseSavepointAsync(Savepoint);
        }
        catch (Exception exception) when (!EndsTransaction(exception))
        {
            await transaction.RollbackToSavepointAsync(Savepoint);
            write.Refuse(exception);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>After these SQLite may have rolled the transaction back by itself (sqlite.org/lang_transaction.html, section 3).</summary>
    private static bool EndsTransaction(Exception exception) =>
        SqliteErrors.CodeOf(exception) is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_NOMEM
            or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_INTERRUPT or SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_READONLY;

    private static Exception Translate(Exception exception) => SqliteErrors.CodeOf(exception) switch
    {
        SQLitePCL.raw.SQLITE_FULL => ChatException.StorageFull(),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => ChatException.Busy(),
        _ => exception,
    };

    [LoggerMessage(LogLevel.Error, "{Count} writes failed together; none of them was acknowledged")]
    private partial void LogBatchFailed(Exception exception, int count);

    [LoggerMessage(
        LogLevel.Critical,
        "The disk does not take what is written to the database. Nothing more is written until the server is started again (docs/operations.md, Disk failed)")]
    private partial void LogUnwritable();

    private abstract class Write
    {
        protected Exception? Refusal { get; private set; }

        public abstract Task RunAsync(ChatDbContext db);

        public abstract void Complete();

        public abstract void Fail(Exception exception);

        public void Refuse(Exception exception) => Refusal = exception;
    }

    private sealed class Write<T>(Func<ChatDbContext, Task<T>> work) : Write
    {
        // Whoever waits must not go on on the writer's thread.
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Completion => _completion.Task;

        public override async Task RunAsync(ChatDbContext db) => _result = await work(db);

        public override void Complete()
        {
            if (Refusal is null)
            {
                _completion.TrySetResult(_result!);
            }
            else
            {
                _completion.TrySetException(Refusal);
            }
        }

        public override void Fail(Exception exception) => _completion.TrySetException(exception);
    }
}
