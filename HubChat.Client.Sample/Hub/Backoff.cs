namespace HubChat.Client.Sample.Hub;

/// <summary>
/// How long to wait before the next attempt: twice as long each time, up to a bound, and a random part of that, so that
/// a thousand clients do not come back in the same instant.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double> random)
{
    private int _attempts;

    public TimeSpan Next()
    {
        var bound = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 30)));
        return TimeSpan.FromMilliseconds(bound * (0.5 + (random() / 2)));
    }

    public void Reset() => _attempts = 0;
}
