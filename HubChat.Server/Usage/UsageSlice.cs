namespace HubChat.Server.Usage;

/// <summary>A sixtieth of a window, as the counters that nodes share number them.</summary>
/// <param name="Counter">Of which counter; its window is not zero.</param>
/// <param name="Slice">How many there were since 1970.</param>
internal readonly record struct UsageSlice(UsageCounter Counter, long Slice)
{
    private const int Slices = 60;

    /// <summary>The one that a moment lies in.</summary>
    public static UsageSlice At(UsageCounter counter, DateTimeOffset at) =>
        new(counter, (at - DateTimeOffset.UnixEpoch).Ticks / Math.Max(TimeSpan.TicksPerMicrosecond, counter.Window.Ticks / Slices));
}
