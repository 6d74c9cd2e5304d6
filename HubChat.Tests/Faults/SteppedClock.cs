namespace HubChat.Tests.Faults;

/// <summary>A clock that somebody sets forward and back while it runs; durations and timers do not notice.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public void Step(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}
