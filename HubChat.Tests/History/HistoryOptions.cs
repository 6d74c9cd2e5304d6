namespace HubChat.Tests.History;

/// <summary>The numbers behind the rules.</summary>
internal sealed record HistoryOptions
{
    /// <summary>How long a living reply may be silent while somebody watches: T, and what a busy machine adds to it.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long deltas may still come to somebody who was removed.</summary>
    public TimeSpan LeaveGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether a hole is fine when the client asks for what it missed; otherwise any hole is flagged.</summary>
    public bool HolesMayHeal { get; init; } = true;

    /// <summary>How many numbers the log of each chat leaves out, once: what a restore skips.</summary>
    public long Skipped { get; init; }

    public long? MaxHeap { get; init; }

    public long? MaxOutbox { get; init; } = 256 * 1024;

    public long? MaxLog { get; init; }
}
