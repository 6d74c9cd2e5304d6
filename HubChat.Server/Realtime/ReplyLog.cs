using System.Text;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>One reply's text, epoch and end.</summary>
internal sealed class ReplyLog(GenerationId id)
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private MessageId _messageId;
    private long _epoch;
    private long _number;
    private DeltaEnd? _end;
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

    public IReadOnlyList<Delta> Erase(MessageId messageId, long epoch, DeltaEnd end, DateTimeOffset now)
    {
        lock (_gate)
        {
            var isFollowed = _epoch > 0 && _end is null;
            Delta[] told = [Begin(messageId, Math.Max(epoch, _epoch + 1), ""), End(end, now)];
            Signal();
            return isFollowed ? told : [];
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

    public Task WhenMore()
    {
        lock (_gate)
        {
            return _more.Task;
        }
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
        SealedAt = null;
        _text.Clear().Append(text);
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
