using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Realtime;

/// <summary>Bounds of the delta log, the outboxes and presence.</summary>
internal sealed class RealtimeOptions
{
    public const string Section = "Realtime";

    /// <summary>How long an ended reply's deltas can be replayed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan DeltaRetention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Replies the delta log holds; over it the one that ended first is forgotten early.</summary>
    [Range(1, 1_000_000)]
    public int MaxDeltaLogs { get; set; } = 2_000;

    /// <summary>Updates that may wait for one connection.</summary>
    [Range(1, 100_000)]
    public int OutboxEntries { get; set; } = 1_024;

    /// <summary>Bytes that may wait for one connection.</summary>
    [Range(1_024, 64 * 1_024 * 1_024)]
    public int OutboxBytes { get; set; } = 256 * 1_024;

    /// <summary>A connection that takes nothing for this long is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that falls behind more often than this within <see cref="ResyncWindow"/> is closed.</summary>
    [Range(1, 10_000)]
    public int MaxResyncs { get; set; } = 30;

    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResyncWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often what was announced is compared with what is stored, and watchers are told the newest number; each second while Redis is away.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan TailCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Updates that may wait for one chat's round.</summary>
    [Range(16, 1_000_000)]
    public int RoundEntries { get; set; } = 4_096;

    /// <summary>Deliveries a second from which a chat's rounds leave the thread of whoever wrote.</summary>
    [Range(1, 10_000_000)]
    public int HotDeliveriesPerSecond { get; set; } = 2_000;

    /// <summary>How long changes of a chat are gathered before the chat lists of its people are told.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:10")]
    public TimeSpan InboxDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Chats one connection may watch.</summary>
    [Range(1, 100_000)]
    public int MaxWatchesPerConnection { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class RealtimeOptionsValidator : IValidateOptions<RealtimeOptions>;
