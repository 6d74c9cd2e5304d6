using System.Collections.Immutable;
using System.Text;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// One chat as it is followed on this node: a queue and at most one running round. A round takes everything that waits, joins the
/// deltas of one reply into one, and offers each update to every listener; it never waits for one. A quiet chat runs its round on the
/// thread of whoever wrote, a hot one on the thread pool: then the writer runs on, and what it writes meanwhile is joined.
/// </summary>
internal sealed class ChatTopic(ChatId chatId, RealtimeOptions options, TimeProvider time) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly SortedList<long, ChatEventView> _ahead = [];
    private readonly Queue<(long AfterSeq, DeltaUpdate Delta)> _early = [];
    private List<ChatUpdate> _queue = [];
    private ImmutableArray<ITopicListener> _listeners = [];
    private IReadOnlyList<UserId> _elsewhere = [];
    private bool _running;
    private bool _overflowed;
    private long? _lastSeq;
    private long _windowStart;
    private long _windowDeliveries;
    private bool _hot;

    public ChatId ChatId { get; } = chatId;

    /// <summary>The newest event that was announced here; null before the first.</summary>
    public long? LastSeq
    {
        get
        {
            lock (_gate)
            {
                return _lastSeq;
            }
        }
    }

    /// <summary>Whether something came before the event that precedes it.</summary>
    public bool HasGap
    {
        get
        {
            lock (_gate)
            {
                return _ahead.Count + _early.Count > 0;
            }
        }
    }

    public ImmutableArray<ITopicListener> Listeners => _listeners;

    /// <summary>The people who follow the chat, here or at another node, each once.</summary>
    public IReadOnlyList<UserId> Present => [.. PresentHere.Union(_elsewhere)];

    /// <summary>Those who follow it here.</summary>
    public IReadOnlyList<UserId> PresentHere =>
        [.. _listeners.Where(listener => listener.IsPresent).Select(listener => listener.UserId).Distinct()];

    /// <summary>When it was last said who follows it elsewhere, a time stamp.</summary>
    public long ElsewhereSetAt { get; private set; } = time.GetTimestamp();

    public void Attach(ITopicListener listener) => ImmutableInterlocked.Update(ref _listeners, static (all, added) => all.Add(added), listener);

    public bool Detach(ITopicListener listener) =>
        ImmutableInterlocked.Update(ref _listeners, static (all, removed) => all.Remove(removed), listener);

    /// <summary>Puts an event in its place. One that came too early waits until the others have come.</summary>
    public void Offer(ChatEventView chatEvent)
    {
        lock (_gate)
        {
            if (chatEvent.Seq <= _lastSeq)
            {
                return;
            }

            _ahead[chatEvent.Seq] = chatEvent;
            while (_ahead.Count > 0 && (_lastSeq is null || _ahead.Keys[0] == _lastSeq + 1))
            {
                _lastSeq = _ahead.Keys[0];
                Enqueue(new EventUpdate(_ahead.Values[0]));
                _ahead.RemoveAt(0);
                while (_early.TryPeek(out var early) && early.AfterSeq <= _lastSeq)
                {
                    Enqueue(_early.Dequeue().Delta);
                }
            }

            BoundWhatIsAhead();
        }

        Run();
    }

    /// <param name="update">What is announced.</param>
    /// <param name="afterSeq">The event that must have come before; 0 for none.</param>
    public void Offer(ChatUpdate update, long afterSeq = 0)
    {
        lock (_gate)
        {
            if (update is DeltaUpdate delta && (_ahead.Count > 0 || _early.Count > 0 || afterSeq > (_lastSeq ?? long.MaxValue)))
            {
                // A reply's text must not overtake the event that announces it, which waits here itself or has not come yet.
                _early.Enqueue((Math.Max(afterSeq, _ahead.Count > 0 ? _ahead.Keys[^1] : 0), delta));
                BoundWhatIsAhead();
            }
            else
            {
                Enqueue(update);
            }
        }

        Run();
    }

    /// <summary>Says who follows the chat at other nodes; false when that was known.</summary>
    public bool SetElsewhere(IReadOnlyList<UserId> people)
    {
        lock (_gate)
        {
            ElsewhereSetAt = time.GetTimestamp();
            var isKnown = people.ToHashSet().SetEquals(_elsewhere);
            _elsewhere = people;
            return !isKnown;
        }
    }

    /// <summary>Says that everything up to this number is known here, because it was just read.</summary>
    public void StartAt(long seq)
    {
        lock (_gate)
        {
            _lastSeq ??= seq;
        }
    }

    public void Execute() => Round();

    private void Enqueue(ChatUpdate update)
    {
        // Called inside the gate; the round itself re-enters it for what an update brings about.
        using var scope = _gate.EnterScope();
        if (_queue.Count >= options.RoundEntries)
        {
            _queue.Clear();
            _overflowed = true;
        }

        _queue.Add(update);
    }

    private void BoundWhatIsAhead()
    {
        if (_ahead.Count + _early.Count > options.RoundEntries)
        {
            // Whoever watches will notice the gap and read.
            _lastSeq = _ahead.Count > 0 ? _ahead.Keys[^1] : _lastSeq;
            _ahead.Clear();
            _early.Clear();
            _overflowed = true;
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            if (_running || (_queue.Count == 0 && !_overflowed))
            {
                return;
            }

            _running = true;
        }

        if (_hot)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            Round();
        }
    }

    private void Round()
    {
        while (true)
        {
            List<ChatUpdate> batch;
            bool overflowed;
            lock (_gate)
            {
                if (_queue.Count == 0 && !_overflowed)
                {
                    _running = false;
                    return;
                }

                batch = _queue;
                _queue = [];
                overflowed = _overflowed;
                _overflowed = false;
            }

            if (overflowed)
            {
                foreach (var listener in _listeners)
                {
                    listener.Refresh();
                }
            }

            foreach (var update in Join(batch))
            {
                Deliver(update);
            }
        }
    }

    private void Deliver(ChatUpdate update)
    {
        var listeners = _listeners;
        foreach (var listener in listeners)
        {
            listener.Offer(update);
        }

        Count(listeners.Length);

        // The event that ends somebody's access is the last thing that person's watches see of the chat.
        if (update is EventUpdate { Event: { Type: ChatEventType.ParticipantLeft, Event.SubjectId: { } left } })
        {
            foreach (var listener in listeners.Where(listener => listener.UserId == left))
            {
                Detach(listener);
                listener.Close(WatchEnd.Removed);
            }

            Enqueue(new PresenceUpdate(ChatId, Present));
        }
    }

    private void Count(int deliveries)
    {
        _windowDeliveries += deliveries;
        var elapsed = time.GetElapsedTime(_windowStart);
        if (elapsed >= TimeSpan.FromSeconds(1))
        {
            _hot = _windowDeliveries / elapsed.TotalSeconds > options.HotDeliveriesPerSecond;
            _windowStart = time.GetTimestamp();
            _windowDeliveries = 0;
        }
    }

    private static IEnumerable<ChatUpdate> Join(List<ChatUpdate> batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i] is not DeltaUpdate { Delta: DeltaText first, ShownAt: var shownAt } || i + 1 == batch.Count)
            {
                yield return batch[i];
                continue;
            }

            var last = first;
            var text = new StringBuilder(first.Text);
            while (i + 1 < batch.Count && batch[i + 1] is DeltaUpdate { Delta: DeltaText next } && DeltaUpdate.Follows(last, next))
            {
                text.Append(next.Text);
                last = next;
                i++;
            }

            yield return ReferenceEquals(last, first)
                ? batch[i]
                : new DeltaUpdate(batch[i].ChatId, first with { Text = text.ToString(), Number = last.Number }) { ShownAt = shownAt };
        }
    }
}
