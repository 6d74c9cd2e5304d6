namespace HubChat.Server.Chats.Watching;

/// <summary>
/// One read for all who want the same at once, and not more of them than one in so long. Whoever asks is given a read that begins after
/// that: what was stored before one asked is in it.
/// </summary>
internal sealed class SharedReads<TKey, T>(TimeSpan apart, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();

    // Each is here until its read is done and the time after it has passed; there are never more than callers of late.
    private readonly Dictionary<TKey, Line> _lines = [];

    /// <param name="key">What is read.</param>
    /// <param name="read">Reads it; not ended by anybody who waits for it.</param>
    /// <param name="cancellationToken">Ends the wait of this caller.</param>
    public Task<T> ReadAsync(TKey key, Func<Task<T>> read, CancellationToken cancellationToken)
    {
        Round round;
        lock (_gate)
        {
            if (_lines.TryGetValue(key, out var line))
            {
                round = line.Next ??= new Round(read);
            }
            else
            {
                round = new Round(read);
                _lines[key] = line = new Line();

                // Not waited for: it fails in its rounds only, and each of these is somebody's.
                _ = RunAsync(key, line, round);
            }
        }

        return round.Result.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync(TKey key, Line line, Round? round)
    {
        // Not under the lock of who begins it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (round is not null)
        {
            var began = time.GetTimestamp();
            try
            {
                round.Result.SetResult(await round.Read());
            }
            catch (Exception exception)
            {
                // Each of those who wait has it; nobody may be left.
                round.Result.SetException(exception);
                _ = round.Result.Task.Exception;
            }

            if (apart - time.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, time);
            }

            lock (_gate)
            {
                (round, line.Next) = (line.Next, null);
                if (round is null)
                {
                    _lines.Remove(key);
                }
            }
        }
    }

    private sealed class Line
    {
        public Round? Next { get; set; }
    }

    private sealed record Round(Func<Task<T>> Read)
    {
        public TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
