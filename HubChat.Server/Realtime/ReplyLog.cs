using System.Text;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>One reply's text, epoch and end. Its entries share the text: of each only the place where it ends is kept.</summary>
internal sealed class ReplyLog(GenerationId id)
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();

    // By number: entry 1 is the text the epoch began with, each further one what was appended.
    private readonly List<int> _ends = [];
    private ReplyOrigin? _origin;
    private long _epoch;
    private long _number;
    private DeltaEnd? _end;
    private DeltaClosed? _closed;
    private bool _isAbandoned;
    private TaskCompletionSource _more = NewSignal();

    public DateTimeOffset? SealedAt { get; private set; }

    /// <summary>When something was last added.</summary>
    public DateTimeOffset? ChangedAt { get; private set; }

    /// <summary>Whether this process writes it; else it is what was heard of another one's.</summary>
    public bool IsOwn { get; private set; }

    /// <summary>Held while entries of another process are added and shown, so that they are shown in their order.</summary>
    public Lock Arriving { get; } = new();

    /// <summary>Where it stands, and whether anything may follow.</summary>
    public (long Epoch, long LastNumber, bool IsClosed) Head
    {
        get
        {
            lock (_gate)
            {
                return (_epoch, LastNumber, _closed is not null);
            }
        }
    }

    public bool IsAbandoned
    {
        get
        {
            lock (_gate)
            {
                return _isAbandoned;
            }
        }
    }

    public DeltaReset Open(ReplyOrigin origin, long epoch, string text, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (epoch <= _epoch)
            {
                throw new StaleEpochException();
            }

            var reset = Begin(origin, epoch, text);
            IsOwn = true;
            Signal(now);
            return reset;
        }
    }

    /// <summary>What appending, ending and closing would add, without adding it: others may have to be told first.</summary>
    /// <exception cref="StaleEpochException">As for adding it.</exception>
    public (Delta Delta, ReplyOrigin Origin) Prepare(long epoch, LogEntry entry)
    {
        lock (_gate)
        {
            if (entry is ClosedEntry closed)
            {
                RequireEnded(epoch);
                return (new DeltaClosed(id, MessageId, _epoch, _number + 1, closed.Title), _origin!);
            }

            RequireOpen(epoch);
            return (entry switch
            {
                TextEntry text => new DeltaText(id, MessageId, epoch, _number + 1, _text.Length, text.Text),
                EndedEntry ended => new DeltaDone(id, MessageId, epoch, _number + 1, ended.End),
                _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, "An epoch begins once."),
            }, _origin!);
        }
    }

    public DeltaText Append(long epoch, string text, DateTimeOffset now)
    {
        lock (_gate)
        {
            RequireOpen(epoch);
            var delta = Add(text);
            Signal(now);
            return delta;
        }
    }

    /// <summary>Adds what another process has written. What is known already, or of an older attempt, changes nothing.</summary>
    /// <param name="epoch">The attempt.</param>
    /// <param name="number">Its place in it.</param>
    /// <param name="entry">What it says.</param>
    /// <param name="now">When it came.</param>
    /// <param name="isMissing">Something before it has not come yet.</param>
    /// <returns>What is new, for those who follow the reply.</returns>
    public Delta? Apply(long epoch, long number, LogEntry entry, DateTimeOffset now, out bool isMissing)
    {
        lock (_gate)
        {
            isMissing = false;
            if (epoch < _epoch || (epoch == _epoch && number <= LastNumber))
            {
                return null;
            }

            isMissing = epoch > _epoch ? entry is not BegunEntry || number != 1 : number != LastNumber + 1;
            if (isMissing)
            {
                return null;
            }

            Delta? added = entry switch
            {
                BegunEntry begun when epoch > _epoch => Begin(begun.Origin, epoch, begun.Text),
                TextEntry text when _end is null => Add(text.Text),
                EndedEntry ended when _end is null => End(ended.End, now),
                ClosedEntry closed when _end is not null && _closed is null => _closed = new DeltaClosed(id, MessageId, _epoch, number, closed.Title),
                _ => null,
            };
            IsOwn &= entry is not BegunEntry;
            Signal(now);
            return added;
        }
    }

    public DeltaDone Seal(long epoch, DeltaEnd end, DateTimeOffset now)
    {
        lock (_gate)
        {
            RequireOpen(epoch);
            var done = End(end, now);
            Signal(now);
            return done;
        }
    }

    public void Close(long epoch, string? title, DateTimeOffset now)
    {
        lock (_gate)
        {
            RequireEnded(epoch);
            _closed = new DeltaClosed(id, MessageId, _epoch, _number + 1, title);
            Signal(now);
        }
    }

    public IReadOnlyList<Delta> Erase(ReplyOrigin origin, long epoch, DeltaEnd end, DateTimeOffset now)
    {
        lock (_gate)
        {
            var isFollowed = _epoch > 0 && _end is null;
            Delta[] told = [Begin(origin, Math.Max(epoch, _epoch + 1), ""), End(end, now)];
            _closed = new DeltaClosed(id, MessageId, _epoch, _number + 1, Title: null);
            IsOwn = true;
            Signal(now);
            return isFollowed ? told : [];
        }
    }

    /// <summary>Nothing is added any more: whoever waits for an entry looks for it again, and finds the log gone.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            Wake();
        }
    }

    /// <summary>Which reply it is of; null before the first epoch.</summary>
    public ReplyOrigin? Origin
    {
        get
        {
            lock (_gate)
            {
                return _origin;
            }
        }
    }

    /// <summary>Null before the first epoch.</summary>
    public DeltaRead? Read(StreamPosition from)
    {
        lock (_gate)
        {
            if (_epoch == 0)
            {
                return null;
            }

            var deltas = new List<Delta>(2);
            var number = _end is null ? _number : _number - 1;
            if (from.Epoch != _epoch || !IsBoundary(from.Offset))
            {
                deltas.Add(new DeltaReset(id, MessageId, _epoch, number, _text.ToString()));
            }
            else if (from.Offset < _text.Length)
            {
                deltas.Add(new DeltaText(id, MessageId, _epoch, number, from.Offset, _text.ToString(from.Offset, _text.Length - from.Offset)));
            }

            if (_end is not null)
            {
                deltas.Add(new DeltaDone(id, MessageId, _epoch, _number, _end));
            }

            return new DeltaRead(deltas, new StreamPosition(_epoch, _text.Length), _end is not null);
        }
    }

    /// <summary>Null when the epoch is not this one.</summary>
    public EntryRead? ReadEntries(long epoch, long afterNumber, int max)
    {
        lock (_gate)
        {
            if (_epoch == 0 || epoch != _epoch)
            {
                return null;
            }

            var entries = new List<Delta>();
            for (var number = afterNumber + 1; number <= LastNumber && entries.Count < max; number++)
            {
                entries.Add(EntryAt(number));
            }

            return new EntryRead(entries, LastNumber, _closed is not null);
        }
    }

    /// <summary>Completes when there is an entry after a number, or the epoch is over or forgotten.</summary>
    public Task WhenEntry(long epoch, long afterNumber)
    {
        lock (_gate)
        {
            return _isAbandoned || _epoch > epoch || (_epoch == epoch && LastNumber > afterNumber) ? Task.CompletedTask : _more.Task;
        }
    }

    public Task WhenMore()
    {
        lock (_gate)
        {
            return _more.Task;
        }
    }

    private long LastNumber => _closed?.Number ?? _number;

    private Delta EntryAt(long number)
    {
        if (number > _ends.Count)
        {
            return number == _closed?.Number ? _closed : new DeltaDone(id, MessageId, _epoch, number, _end!);
        }

        var end = _ends[(int)number - 1];
        if (number == 1)
        {
            return new DeltaReset(id, MessageId, _epoch, number, _text.ToString(0, end));
        }

        var start = _ends[(int)number - 2];
        return new DeltaText(id, MessageId, _epoch, number, start, _text.ToString(start, end - start));
    }

    /// <summary>Whether a text can begin here: inside a surrogate pair nobody stands who took what was sent.</summary>
    private bool IsBoundary(int offset) =>
        offset == 0 || offset == _text.Length
        || (offset > 0 && offset < _text.Length && !(char.IsLowSurrogate(_text[offset]) && char.IsHighSurrogate(_text[offset - 1])));

    private MessageId MessageId => _origin!.MessageId;

    private DeltaReset Begin(ReplyOrigin origin, long epoch, string text)
    {
        _origin = origin;
        _epoch = epoch;
        _number = 1;
        _end = null;
        _closed = null;
        SealedAt = null;
        _text.Clear().Append(text);
        _ends.Clear();
        _ends.Add(text.Length);
        return new DeltaReset(id, MessageId, epoch, _number, text);
    }

    private DeltaText Add(string text)
    {
        var delta = new DeltaText(id, MessageId, _epoch, ++_number, _text.Length, text);
        _text.Append(text);
        _ends.Add(_text.Length);
        return delta;
    }

    private DeltaDone End(DeltaEnd end, DateTimeOffset now)
    {
        _end = end;
        SealedAt = now;
        return new DeltaDone(id, MessageId, _epoch, ++_number, end);
    }

    private void RequireOpen(long epoch)
    {
        if (epoch != _epoch || _end is not null)
        {
            throw new StaleEpochException();
        }
    }

    private void RequireEnded(long epoch)
    {
        if (epoch != _epoch || _end is null || _closed is not null)
        {
            throw new StaleEpochException();
        }
    }

    private void Signal(DateTimeOffset now)
    {
        ChangedAt = now;
        Wake();
    }

    private void Wake()
    {
        _more.TrySetResult();
        _more = NewSignal();
    }

    // Readers must not run on the writer's thread, least of all inside its lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
