using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace HubChat.Server.Realtime;

/// <summary>
/// What waits for one connection, bounded by entries and bytes. While the connection takes what it is given, an item is written on the
/// thread that offers it and nothing waits. While a write is pending, items queue and join, and the continuation of that write drains
/// them: there is no standing task per connection. Over a bound everything is dropped, and each source reads anew from where its reader
/// is. A slow reader costs only itself.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close cancels; a source without timers holds nothing.")]
internal abstract class Outbox(RealtimeOptions options, TimeProvider time)
{
    // A clock may begin at any number, also at 0.
    private const long NothingPending = long.MinValue;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<IOutboxSource> _behind = [];
    private readonly Queue<long> _resyncs = [];
    private List<Entry> _waiting = [];
    private long _waitingBytes;
    private bool _busy;
    private long _pendingSince = NothingPending;
    private Task _drain = Task.CompletedTask;

    /// <summary>Bytes that wait now.</summary>
    public long WaitingBytes
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes;
            }
        }
    }

    /// <summary>Entries that wait now.</summary>
    public int WaitingEntries
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public bool IsClosed => _closing.IsCancellationRequested;

    /// <summary>Completes when nothing waits and nothing is being written.</summary>
    public Task WhenDrained()
    {
        lock (_gate)
        {
            return _drain;
        }
    }

    /// <summary>How long the oldest unfinished write has been pending.</summary>
    public TimeSpan PendingFor
    {
        get
        {
            var since = Interlocked.Read(ref _pendingSince);
            return since == NothingPending ? TimeSpan.Zero : time.GetElapsedTime(since);
        }
    }

    /// <summary>Writes the item, or keeps it until the connection takes it. Never waits.</summary>
    public void Offer(IOutboxSource source, OutboxItem item)
    {
        bool waits;
        var keepsUp = true;
        lock (_gate)
        {
            if (IsClosed)
            {
                return;
            }

            waits = _busy;
            _busy = true;
            if (waits)
            {
                keepsUp = Enqueue(source, item);
            }
        }

        if (!keepsUp)
        {
            Close();
            Abort("The connection falls behind all the time.");
        }

        if (waits)
        {
            return;
        }

        var write = Deliver(source, item);
        if (write.IsCompletedSuccessfully && TryRest())
        {
            return;
        }

        StartDrain(write);
    }

    /// <summary>Makes a source read from where its reader is.</summary>
    public void Refresh(IOutboxSource source)
    {
        lock (_gate)
        {
            if (IsClosed)
            {
                return;
            }

            _behind.Add(source);
            if (_busy)
            {
                return;
            }

            _busy = true;
        }

        StartDrain(Task.CompletedTask);
    }

    /// <summary>Forgets what waits of a source that has ended.</summary>
    public void Forget(IOutboxSource source)
    {
        lock (_gate)
        {
            _behind.Remove(source);
            _waitingBytes -= _waiting.Where(entry => entry.Source == source).Sum(entry => (long)entry.Item.Size);
            _waiting.RemoveAll(entry => entry.Source == source);
        }
    }

    /// <summary>Drops everything; nothing is written any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _waiting.Clear();
            _waitingBytes = 0;
            _behind.Clear();
        }

        _closing.Cancel();
    }

    protected abstract Task WriteAsync(OutboxItem item, CancellationToken cancellationToken);

    /// <summary>Ends the connection of a reader that does not keep up.</summary>
    protected abstract void Abort(string reason);

    /// <summary>Told of a failure that is not the connection's.</summary>
    protected abstract void OnFailed(Exception exception);

    /// <summary>Whatever goes wrong is in the task: who offers writes for many readers and must not stop at one.</summary>
    private Task Deliver(IOutboxSource source, OutboxItem item)
    {
        try
        {
            var admitted = source.Admit(item, out var isBehind);
            if (isBehind)
            {
                lock (_gate)
                {
                    _behind.Add(source);
                }
            }

            return admitted is null ? Task.CompletedTask : WriteAsync(admitted, _closing.Token);
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    private void StartDrain(Task write)
    {
        lock (_gate)
        {
            _drain = DrainAsync(write);
        }
    }

    private async Task DrainAsync(Task write)
    {
        try
        {
            // Whoever offered must not go on draining for others.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            do
            {
                Interlocked.Exchange(ref _pendingSince, write.IsCompleted ? NothingPending : time.GetTimestamp());
                await write;
                Interlocked.Exchange(ref _pendingSince, NothingPending);
                write = NextAsync();
            }
            while (!TryRest(write));
        }
        catch (Exception exception)
        {
            // The connection is gone, or reading what a source lacks failed: either way this reader must come again.
            if (!IsClosed && exception is not OperationCanceledException)
            {
                OnFailed(exception);
            }

            Close();
            Abort("The connection could not be written to.");
        }
    }

    private Task NextAsync()
    {
        IOutboxSource? behind;
        Entry entry = default;
        lock (_gate)
        {
            behind = _behind.FirstOrDefault();
            if (behind is not null)
            {
                _behind.Remove(behind);
            }
            else if (_waiting.Count > 0)
            {
                entry = _waiting[0];
                _waiting.RemoveAt(0);
                _waitingBytes -= entry.Item.Size;
            }
        }

        return behind is not null ? CatchUpAsync(behind)
            : entry.Source is { } source ? Deliver(source, entry.Item)
            : Task.CompletedTask;
    }

    private async Task CatchUpAsync(IOutboxSource source)
    {
        if (await source.CatchUpAsync(_closing.Token) is { } item)
        {
            await WriteAsync(item, _closing.Token);
        }
    }

    private bool TryRest(Task? write = null)
    {
        lock (_gate)
        {
            if (write is { IsCompletedSuccessfully: false } || _waiting.Count > 0 || _behind.Count > 0)
            {
                return false;
            }

            _busy = false;
            return true;
        }
    }

    /// <summary>Keeps an item; false when the reader falls behind too often.</summary>
    private bool Enqueue(IOutboxSource source, OutboxItem item)
    {
        if (_behind.Contains(source))
        {
            // It will read everything anyway.
            return true;
        }

        foreach (ref var waiting in CollectionsMarshal.AsSpan(_waiting))
        {
            if (waiting.Source == source && waiting.Item.JoinedWith(item) is { } joined)
            {
                waiting = new Entry(source, joined);
                _waitingBytes += item.Size;
                return DropWhenOver();
            }
        }

        _waiting.Add(new Entry(source, item));
        _waitingBytes += item.Size;
        return DropWhenOver();
    }

    private bool DropWhenOver()
    {
        if (_waiting.Count <= options.OutboxEntries && _waitingBytes <= options.OutboxBytes)
        {
            return true;
        }

        foreach (var entry in _waiting)
        {
            _behind.Add(entry.Source);
        }

        _waiting = [];
        _waitingBytes = 0;

        _resyncs.Enqueue(time.GetTimestamp());
        while (_resyncs.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > options.ResyncWindow)
        {
            _resyncs.Dequeue();
        }

        return _resyncs.Count <= options.MaxResyncs;
    }

    private readonly record struct Entry(IOutboxSource Source, OutboxItem Item);
}
