namespace HubChat.Server.Usage;

/// <summary>
/// What was taken within the last while, in slices of a sixtieth of it. A slice counts until the whole of it is older than the window:
/// what is counted is never less than what was taken.
/// </summary>
/// <param name="length">Positive; zero is a counter that only giving back lowers.</param>
internal sealed class UsageWindow(TimeSpan length)
{
    private const int Slices = 60;
    private readonly List<(long Slice, long Amount)> _taken = [];
    private readonly long _width = Math.Max(1, length.Ticks / Slices);

    public long Sum { get; private set; }

    public void Add(DateTimeOffset at, long amount)
    {
        var slice = SliceOf(at);
        var index = _taken.FindLastIndex(taken => taken.Slice <= slice);
        if (index >= 0 && _taken[index].Slice == slice)
        {
            _taken[index] = (slice, _taken[index].Amount + amount);
        }
        else
        {
            _taken.Insert(index + 1, (slice, amount));
        }

        Sum += amount;
    }

    /// <summary>Changes what was taken at a moment; what is not counted any more needs no change.</summary>
    public void Correct(DateTimeOffset at, long difference)
    {
        var index = _taken.FindIndex(taken => taken.Slice == SliceOf(at));
        if (index >= 0)
        {
            _taken[index] = (_taken[index].Slice, _taken[index].Amount + difference);
            Sum += difference;
        }
    }

    /// <summary>Forgets what is older than the window.</summary>
    public void Expire(DateTimeOffset now)
    {
        if (length == TimeSpan.Zero)
        {
            return;
        }

        var old = _taken.TakeWhile(taken => taken.Slice < SliceOf(now) - Slices).ToList();
        _taken.RemoveRange(0, old.Count);
        Sum -= old.Sum(taken => taken.Amount);
    }

    /// <summary>How long until no more than <paramref name="most"/> is counted; null when time alone does not help.</summary>
    public TimeSpan? Until(DateTimeOffset now, long most)
    {
        var left = Sum;
        foreach (var (slice, amount) in _taken)
        {
            left -= amount;
            if (left <= most)
            {
                return length == TimeSpan.Zero ? null : new TimeSpan(((slice + Slices + 1) * _width) - now.UtcTicks);
            }
        }

        return null;
    }

    private long SliceOf(DateTimeOffset at) => length == TimeSpan.Zero ? 0 : at.UtcTicks / _width;
}
