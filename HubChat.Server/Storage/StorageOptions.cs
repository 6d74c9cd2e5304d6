using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Storage;

/// <summary>The database and its writer.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>Writes that may wait; more are refused as busy.</summary>
    [Range(1, 1_000_000)]
    public int WriteQueue { get; set; } = 1_024;

    /// <summary>Writes that share one transaction and so one flush to disk.</summary>
    [Range(1, 10_000)]
    public int WriteBatch { get; set; } = 256;

    /// <summary>Connections to PostgreSQL. Three quarters of them write.</summary>
    [Range(2, 10_000)]
    public int MaxConnections { get; set; } = 40;

    /// <summary>How long a write waits for a lock that another process holds on the database, and anything for a connection to it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Size of SQLite's write-ahead log from which on it is warned of. One that had grown is cut to a quarter of this.</summary>
    [Range(1 << 20, 1L << 40)]
    public long LogAlertBytes { get; set; } = 256 * 1_024 * 1_024;

    /// <summary>Bytes set aside beside the database. A full disk cannot even delete; giving these up makes room to recover. 0 sets none aside.</summary>
    [Range(0, 1L << 40)]
    public long BallastBytes { get; set; } = 16 * 1_024 * 1_024;
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
