using Xunit;

namespace HubChat.Tests;

public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _fired = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Time_stands_still_until_it_is_advanced()
    {
        var (now, stamp) = (_time.GetUtcNow(), _time.GetTimestamp());

        Assert.Equal(now, _time.GetUtcNow());
        _time.Advance(90 * Second);

        Assert.Equal(now + 90 * Second, _time.GetUtcNow());
        Assert.Equal(90 * Second, _time.GetElapsedTime(stamp));
    }

    [Fact]
    public void Timers_fire_in_the_order_in_which_they_are_due()
    {
        Assert.Null(_time.UntilNextTimer);
        using var late = After(3 * Second, "late");
        using var early = After(1 * Second, "early");
        using var twin = After(3 * Second, "twin");
        Assert.Equal(1 * Second, _time.UntilNextTimer);

        _time.Advance(2 * Second);
        Assert.Equal(["early"], _fired);
        Assert.Equal(1 * Second, _time.UntilNextTimer);
        _time.Advance(1 * Second);

        Assert.Equal(["early", "late", "twin"], _fired);
        Assert.Equal(0, _time.WaitingTimers);
    }

    [Fact]
    public void Timer_sees_the_instant_at_which_it_is_due()
    {
        var start = _time.GetUtcNow();
        DateTimeOffset seen = default;
        using var timer = _time.CreateTimer(_ => seen = _time.GetUtcNow(), null, 2 * Second, Timeout.InfiniteTimeSpan);

        _time.Advance(10 * Second);

        Assert.Equal(start + 2 * Second, seen);
        Assert.Equal(start + 10 * Second, _time.GetUtcNow());
    }

    [Fact]
    public void Periodic_timer_fires_once_for_each_period()
    {
        using var timer = _time.CreateTimer(_ => _fired.Add("tick"), null, 1 * Second, 2 * Second);

        _time.Advance(6 * Second);

        Assert.Equal(3, _fired.Count);
    }

    [Fact]
    public void Timer_started_by_a_timer_fires_in_the_same_stretch()
    {
        ITimer? second = null;
        using var first = _time.CreateTimer(_ => second = After(1 * Second, "second"), null, 1 * Second, Timeout.InfiniteTimeSpan);

        _time.Advance(5 * Second);

        Assert.Equal(["second"], _fired);
        second?.Dispose();
    }

    [Fact]
    public void Changed_timer_fires_at_its_new_time_only()
    {
        using var timer = After(1 * Second, "fired");

        Assert.True(timer.Change(5 * Second, Timeout.InfiniteTimeSpan));
        _time.Advance(4 * Second);
        Assert.Empty(_fired);
        _time.Advance(1 * Second);

        Assert.Equal(["fired"], _fired);
    }

    [Fact]
    public void Timer_that_is_switched_off_or_disposed_does_not_fire()
    {
        using var off = After(1 * Second, "off");
        var disposed = After(1 * Second, "disposed");

        off.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        disposed.Dispose();
        _time.Advance(2 * Second);

        Assert.Empty(_fired);
        Assert.False(disposed.Change(1 * Second, Timeout.InfiniteTimeSpan));
        Assert.Equal(0, _time.WaitingTimers);
    }

    [Fact]
    public void Timer_that_is_due_at_once_fires_at_once()
    {
        using var timer = _time.CreateTimer(_ => _fired.Add("tick"), null, TimeSpan.Zero, 1 * Second);
        Assert.Single(_fired);

        _time.Advance(1 * Second);

        Assert.Equal(2, _fired.Count);
    }

    [Fact]
    public async Task Delay_ends_when_its_time_has_come()
    {
        var delay = Task.Delay(2 * Second, _time, Cancelled);

        _time.Advance(1 * Second);
        Assert.False(delay.IsCompleted);
        _time.Advance(1 * Second);

        await delay;
    }

    [Fact]
    public async Task Periodic_timer_of_the_framework_ticks()
    {
        using var timer = new PeriodicTimer(1 * Second, _time);

        var tick = timer.WaitForNextTickAsync(Cancelled).AsTask();
        Assert.False(tick.IsCompleted);
        _time.Advance(1 * Second);

        Assert.True(await tick);
    }

    [Fact]
    public void Cancellation_after_a_time_works()
    {
        using var source = new CancellationTokenSource(2 * Second, _time);

        _time.Advance(1 * Second);
        Assert.False(source.IsCancellationRequested);
        source.CancelAfter(3 * Second);
        _time.Advance(2 * Second);
        Assert.False(source.IsCancellationRequested);
        _time.Advance(1 * Second);

        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public void Wrong_wall_clock_does_not_touch_timers()
    {
        var start = _time.GetUtcNow();
        using var timer = After(2 * Second, "fired");

        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        _time.Advance(1 * Second);

        Assert.Equal(start + 1 * Second - TimeSpan.FromHours(1), _time.GetUtcNow());
        Assert.Empty(_fired);
        _time.Advance(1 * Second);
        Assert.Equal(["fired"], _fired);
    }

    private ITimer After(TimeSpan due, string name) =>
        _time.CreateTimer(_ => _fired.Add(name), null, due, Timeout.InfiniteTimeSpan);
}
