namespace HubChat.Server.Limits;

/// <summary>Lets something happen now and then, however often it is wished. A warning that anybody can cause must not fill the log.</summary>
internal sealed class Throttle(TimeSpan apart, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _passedAt;

    /// <summary>Whether it may happen now; for the time after that it may not.</summary>
    public bool TryPass()
    {
        lock (_gate)
        {
            if (_passedAt is { } last && time.GetElapsedTime(last) < apart)
            {
                return false;
            }

            _passedAt = time.GetTimestamp();
            return true;
        }
    }
}
