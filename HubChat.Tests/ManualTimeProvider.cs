namespace HubChat.Tests;

/// <summary>
/// A clock that stands still until the test moves it. Timers fire inside <see cref="Advance"/>, in the order in which
/// they are due, on the thread that advances; a timer that is due at once fires at once.
/// </summary>
internal sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;
    private TimeSpan _shift;
    private long _changes;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers wait; a test that is about to advance waits for the timer it wants to fire.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>
    /// How long until the next timer fires, or <see langword="null"/> when none waits. A test that advances by exactly this much leaves
    /// no time over, which what the timer starts on another thread might count from or not.
    /// </summary>
    public TimeSpan? UntilNextTimer
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count > 0 ? _timers.Min(timer => timer.Due) - _elapsed : null;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return start + _elapsed + _shift;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on. What the fired timers start themselves fires too when it falls into the same stretch.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan end;
        lock (_lock)
        {
            end = _elapsed + by;
        }

        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }

        lock (_lock)
        {
            _elapsed = end;
        }
    }

    /// <summary>Sets the wall clock forward or back, as a wrong clock does; timers and time stamps do not notice.</summary>
    public void ShiftWallClock(TimeSpan by)
    {
        lock (_lock)
        {
            _shift += by;
        }
    }

    private ManualTimer? TakeDue(TimeSpan end)
    {
        lock (_lock)
        {
            var timer = _timers.Where(timer => timer.Due <= end).MinBy(timer => (timer.Due, timer.Order));
            if (timer is not null)
            {
                _elapsed = timer.Due > _elapsed ? timer.Due : _elapsed;
                Schedule(timer, timer.Period, timer.Period);
            }

            return timer;
        }
    }

    private void Schedule(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Remove(timer);
        timer.Period = period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan;
        if (dueTime >= TimeSpan.Zero)
        {
            timer.Due = _elapsed + dueTime;
            timer.Order = ++_changes;
            _timers.Add(timer);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, Action fire) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        private bool IsDisposed { get; set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                if (IsDisposed)
                {
                    return false;
                }

                time.Schedule(this, dueTime, period);
                if (dueTime == TimeSpan.Zero)
                {
                    // The first firing is the one below.
                    time.Schedule(this, Period, Period);
                }
            }

            if (dueTime == TimeSpan.Zero)
            {
                Fire();
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                IsDisposed = true;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
