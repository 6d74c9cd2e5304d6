namespace HubChat.Tests.Faults;

/// <summary>The faults of one direction, and word of their change to the connections that are open.</summary>
internal sealed class FaultLink
{
    private readonly Lock _lock = new();
    private LinkFaults _faults = LinkFaults.None;
    private TaskCompletionSource _changed = New();
    private long _passed;

    /// <summary>How many bytes all connections together have passed on in this direction.</summary>
    public long PassedBytes => Interlocked.Read(ref _passed);

    public LinkFaults Faults
    {
        get
        {
            lock (_lock)
            {
                return _faults;
            }
        }

        set
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _faults = value;
                (changed, _changed) = (_changed, New());
            }

            changed.SetResult();
        }
    }

    public void Count(int bytes) => Interlocked.Add(ref _passed, bytes);

    /// <summary>Waits while the direction is stalled.</summary>
    public async Task<LinkFaults> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_faults.Stalled)
                {
                    return _faults;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
