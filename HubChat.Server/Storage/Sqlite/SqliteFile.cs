using System.Globalization;
using HubChat.Server.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>
/// The database file: private to its user, held by one process, checked before anything is served, and opened with all migrations done.
/// </summary>
internal sealed partial class SqliteFile(
    SqliteConnectionStringBuilder connection, IDbContextFactory<ChatDbContext> contexts, ServerState server, IOptions<StorageOptions> options,
    ILogger<SqliteFile> logger)
    : IHostedService, IDisposable
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;
    private FileStream? _lock;
    private SqliteConnection? _keeper;

    public string Path => connection.DataSource;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        CreateFolder();
        Lock();
        CreateFile();
        if (SqliteLog.CountLostCommits(Path + SqliteLog.Suffix) is > 0 and var lost)
        {
            LogLostCommits(Path, lost);
        }

        await CheckAsync(cancellationToken);
        await KeepOpenAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);

        // Whoever was killed while migrating has left EF's lock behind, which would be waited for without end. Nobody else is here: the file is ours.
        await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        SetBallastAside();
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        if (server.IsUnwritable)
        {
            // The last connection that closes would flush the log and throw it away. It stays, as after a crash.
            return Task.CompletedTask;
        }

        // Pooled connections would keep the write-ahead log open after the file was let go.
        using var pooled = new SqliteConnection(connection.ToString());
        SqliteConnection.ClearPool(pooled);
        _keeper?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        if (!server.IsUnwritable)
        {
            _keeper?.Dispose();
        }

        _lock?.Dispose();
    }

    private void CreateFolder()
    {
        if (System.IO.Path.GetDirectoryName(Path) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, PrivateFolder);
            }
        }
    }

    /// <summary>Two servers on one file would each believe the other's replies dead.</summary>
    private void Lock()
    {
        try
        {
            _lock = new FileStream(Path + ".lock", Open(FileMode.OpenOrCreate));
            _lock.SetLength(0);
            _lock.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            _lock.Flush(flushToDisk: true);
        }
        catch (IOException exception)
        {
            throw new StartupException($"The database {Path} is in use by another HubChat server. Stop that one, or give this one its own file.", exception);
        }
    }

    private void CreateFile()
    {
        if (!File.Exists(Path))
        {
            new FileStream(Path, Open(FileMode.CreateNew)).Dispose();
        }
        else if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, PrivateFile);
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        string? found;
        try
        {
            await using var opened = new SqliteConnection(connection.ToString());
            await opened.OpenAsync(cancellationToken);
            await using var check = opened.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            found = await check.ExecuteScalarAsync(cancellationToken) as string;
        }
        catch (SqliteException exception)
        {
            found = exception.Message;
        }

        if (found != "ok")
        {
            throw new StartupException(
                $"The database {Path} is damaged ({found}). Nothing was changed. Restore it from a backup (docs/operations.md, Restore), then start again.");
        }
    }

    /// <summary>
    /// The last connection that closes takes the write-ahead log with it, and a full disk has no room for a new one: then nothing could be
    /// read any more. One connection that does nothing keeps it, whatever the pool lets go.
    /// </summary>
    private async Task KeepOpenAsync(CancellationToken cancellationToken)
    {
        _keeper = new SqliteConnection(new SqliteConnectionStringBuilder(connection.ToString()) { Pooling = false }.ToString());
        await _keeper.OpenAsync(cancellationToken);
        await using var journal = _keeper.CreateCommand();
        journal.CommandText = "PRAGMA journal_mode=WAL; SELECT count(*) FROM sqlite_schema";
        await journal.ExecuteNonQueryAsync(cancellationToken);
    }

    private void SetBallastAside()
    {
        var ballast = Path + ".ballast";
        try
        {
            if (options.Value.BallastBytes > 0 && !File.Exists(ballast))
            {
                var file = Open(FileMode.CreateNew);
                file.PreallocationSize = options.Value.BallastBytes;
                new FileStream(ballast, file).Dispose();
            }
        }
        catch (IOException exception)
        {
            LogNoBallast(exception);
        }
    }

    private static FileStreamOptions Open(FileMode mode)
    {
        var file = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            file.UnixCreateMode = PrivateFile;
        }

        return file;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The write-ahead log of {Path} is damaged: {Commits} transactions behind the damage are lost (docs/operations.md, Lost end)")]
    private partial void LogLostCommits(string path, int commits);

    [LoggerMessage(LogLevel.Warning, "No room for the ballast file beside the database; the disk is nearly full")]
    private partial void LogNoBallast(Exception exception);
}
