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
    private MessageId _messageId;
    private long _epoch;
    private long _number;
    private DeltaEnd? _end;
    private DeltaClosed? _closed;
    private bool _isAbandoned;
    private TaskCompletionSource _more = NewSignal();

    public DateTimeOffset? SealedAt { get; private set; }

    public DeltaReset Open(MessageId messageId, long epoch, string text)
    {
        lock (_gate)
        {
            if (epoch <= _epoch)
            {
                throw new StaleEpochException();
            }

            var reset = Begin(messageId, epoch, text);
            Signal();
            return reset;
        }
    }

    public DeltaText Append(long epoch, string text)
    {
        lock (_gate)
        {
            RequireOpen(epoch);
            var delta = new DeltaText(id, _messageId, epoch, ++_number, _text.Length, text);
            _text.Append(text);
            _ends.Add(_text.Length);
            Signal();
            return delta;
        }
    }

    public DeltaDone Seal(long epoch, DeltaEnd end, DateTimeOffset now)
    {
        lock (_gate)
        {
            RequireOpen(epoch);
            var done = End(end, now);
            Signal();
            return done;
        }
    }

    public void Close(long epoch, string? title)
    {
        lock (_gate)
        {
            if (epoch != _epoch || _end is null || _closed is not null)
            {
                throw new StaleEpochException();
            }

            _closed = new DeltaClosed(id, _messageId, _epoch, _number + 1, title);
            Signal();
        }
    }

    public IReadOnlyList<Delta> Erase(MessageId messageId, long epoch, DeltaEnd end, DateTimeOffset now)
    {
        lock (_gate)
        {
            var isFollowed = _epoch > 0 && _end is null;
            Delta[] told = [Begin(messageId, Math.Max(epoch, _epoch + 1), ""), End(end, now)];
            _closed = new DeltaClosed(id, _messageId, _epoch, _number + 1, Title: null);
            Signal();
            return isFollowed ? told : [];
        }
    }

    /// <summary>Nothing is added any more: whoever waits for an entry looks for it again, and finds the log gone.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            Signal();
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
                deltas.Add(new DeltaReset(id, _messageId, _epoch, number, _text.ToString()));
            }
            else if (from.Offset < _text.Length)
            {
                deltas.Add(new DeltaText(id, _messageId, _epoch, number, from.Offset, _text.ToString(from.Offset, _text.Length - from.Offset)));
            }

            if (_end is not null)
            {
                deltas.Add(new DeltaDone(id, _messageId, _epoch, _number, _end));
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
            return number == _closed?.Number ? _closed : new DeltaDone(id, _messageId, _epoch, number, _end!);
        }

        var end = _ends[(int)number - 1];
        if (number == 1)
        {
            return new DeltaReset(id, _messageId, _epoch, number, _text.ToString(0, end));
        }

        var start = _ends[(int)number - 2];
        return new DeltaText(id, _messageId, _epoch, number, start, _text.ToString(start, end - start));
    }

    /// <summary>Whether a text can begin here: inside a surrogate pair nobody stands who took what was sent.</summary>
    private bool IsBoundary(int offset) =>
        offset == 0 || offset == _text.Length
        || (offset > 0 && offset < _text.Length && !(char.IsLowSurrogate(_text[offset]) && char.IsHighSurrogate(_text[offset - 1])));

    private DeltaReset Begin(MessageId messageId, long epoch, string text)
    {
        _messageId = messageId;
        _epoch = epoch;
        _number = 1;
        _end = null;
        _closed = null;
        SealedAt = null;
        _text.Clear().Append(text);
        _ends.Clear();
        _ends.Add(text.Length);
        return new DeltaReset(id, messageId, epoch, _number, text);
    }

    private DeltaDone End(DeltaEnd end, DateTimeOffset now)
    {
        _end = end;
        SealedAt = now;
        return new DeltaDone(id, _messageId, _epoch, ++_number, end);
    }

    private void RequireOpen(long epoch)
    {
        if (epoch != _epoch || _end is not null)
        {
            throw new StaleEpochException();
        }
    }

    private void Signal()
    {
        _more.TrySetResult();
        _more = NewSignal();
    }

    // Readers must not run on the writer's thread, least of all inside its lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
