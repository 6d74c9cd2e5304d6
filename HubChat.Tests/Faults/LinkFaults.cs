namespace HubChat.Tests.Faults;

/// <summary>What one direction of a <see cref="FaultProxy"/> does to the bytes that pass.</summary>
internal sealed record LinkFaults
{
    public static readonly LinkFaults None = new();

    /// <summary>Every byte arrives this much later; the order stays.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to this much is added to <see cref="Delay"/>, by the proxy's seed.</summary>
    public TimeSpan Jitter { get; init; }

    public int? BytesPerSecond { get; init; }

    /// <summary>The connection stays open and nothing passes. Nothing is lost: it passes when the stall ends.</summary>
    public bool Stalled { get; init; }

    /// <summary>The connection is cut after this many bytes, counted from the moment the faults are set.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Bytes are sent in pieces of this size.</summary>
    public int? SliceSize { get; init; }

    /// <summary>A pause between two slices, so that the reader sees each by itself.</summary>
    public TimeSpan SlicePause { get; init; }
}
