using System.Diagnostics.Metrics;
using HubChat.Server.Diagnostics;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>Watches the size of the write-ahead log: while anybody reads an old state of the database, it can only grow.</summary>
internal sealed partial class SqliteLogMonitor : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<SqliteLogMonitor> _logger;

    public SqliteLogMonitor(
        SqliteFile file, IMeterFactory meters, IOptions<StorageOptions> options, TimeProvider time, ILogger<SqliteLogMonitor> logger)
    {
        (_path, _options, _time, _logger) = (file.Path + SqliteLog.Suffix, options.Value, time, logger);
        meters.Create(HubTelemetry.Name).CreateObservableUpDownCounter(
            "hubchat.storage.log.size", Size, "By", "The size of the write-ahead log of SQLite.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        var wasLarge = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var size = Size();
            var isLarge = size > _options.LogAlertBytes;
            if (isLarge && !wasLarge)
            {
                LogLarge(_path, size);
            }

            wasLarge = isLarge;
        }
    }

    private long Size() => new FileInfo(_path) is { Exists: true, Length: var length } ? length : 0;

    [LoggerMessage(
        LogLevel.Warning,
        "The write-ahead log {Path} has {Bytes} bytes: another program reads the database without end (docs/operations.md, Growing log)")]
    private partial void LogLarge(string path, long bytes);
}
