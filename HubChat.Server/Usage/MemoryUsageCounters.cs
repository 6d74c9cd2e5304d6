namespace HubChat.Server.Usage;

/// <summary>The counters of one process.</summary>
internal sealed class MemoryUsageCounters(TimeProvider time) : IUsageCounters
{
    // Counters that have run empty are forgotten after so many takings: what is kept is bounded by what was used in the last day.
    private const int SweepEvery = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<UsageCounter, UsageWindow> _windows = [];
    private int _takings;

    /// <summary>How many counters are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _windows.Count;
            }
        }
    }

    public ValueTask<UsageTaking> TakeAsync(IReadOnlyList<UsageCharge> charges, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            Sweep(now);
            foreach (var charge in charges)
            {
                var window = WindowOf(charge.Counter, now);
                if (charge.Limit - window.Sum < charge.Least)
                {
                    var retryAfter = charge.Least > charge.Limit ? null : window.Until(now, charge.Limit - charge.Least);
                    return ValueTask.FromResult(new UsageTaking(now, [], charge, retryAfter));
                }
            }

            var taken = charges
                .GroupBy(charge => charge.Counter.Meter)
                .SelectMany(meter => Grant(meter, meter.Min(charge => Math.Min(charge.Wanted, charge.Limit - WindowOf(charge.Counter, now).Sum)), now))
                .ToList();
            return ValueTask.FromResult(new UsageTaking(now, taken));
        }
    }

    public ValueTask CorrectAsync(UsageTaking taking, UsageMeter meter, long amount, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var (counter, taken) in taking.Taken.Where(taken => taken.Counter.Meter == meter))
            {
                if (_windows.TryGetValue(counter, out var window))
                {
                    window.Correct(taking.At, amount - taken);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RestoreAsync(UsageCounter counter, DateTimeOffset at, long amount, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            WindowOf(counter, time.GetUtcNow()).Add(at, amount);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<long> ReadAsync(UsageCounter counter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(WindowOf(counter, time.GetUtcNow()).Sum);
        }
    }

    private IEnumerable<(UsageCounter Counter, long Amount)> Grant(IEnumerable<UsageCharge> charges, long amount, DateTimeOffset now)
    {
        foreach (var charge in charges)
        {
            if (amount > 0)
            {
                WindowOf(charge.Counter, now).Add(now, amount);
            }

            yield return (charge.Counter, amount);
        }
    }

    private UsageWindow WindowOf(UsageCounter counter, DateTimeOffset now)
    {
        if (!_windows.TryGetValue(counter, out var window))
        {
            _windows[counter] = window = new UsageWindow(counter.Window);
        }

        window.Expire(now);
        return window;
    }

    private void Sweep(DateTimeOffset now)
    {
        if (++_takings % SweepEvery != 0)
        {
            return;
        }

        foreach (var (counter, window) in _windows)
        {
            window.Expire(now);
            if (window.Sum == 0)
            {
                _windows.Remove(counter);
            }
        }
    }
}
