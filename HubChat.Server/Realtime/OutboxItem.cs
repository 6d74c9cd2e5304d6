namespace HubChat.Server.Realtime;

/// <summary>Something to tell a watcher.</summary>
internal abstract class OutboxItem
{
    private Frame? _frames;

    /// <summary>About how many bytes it takes on the wire: what an outbox is bounded by.</summary>
    public abstract int Size { get; }

    /// <summary>Joins what follows into this item, or into a new one; null when they cannot be joined.</summary>
    public virtual OutboxItem? JoinedWith(OutboxItem next) => null;

    /// <summary>The item as a door writes it, made once and shared by all watchers at that door.</summary>
    public TFrame As<TFrame>(Func<OutboxItem, TFrame> encode)
        where TFrame : class
    {
        for (var frame = _frames; frame is not null; frame = frame.Next)
        {
            if (ReferenceEquals(frame.Encode, encode))
            {
                return (TFrame)frame.Value;
            }
        }

        // Two doors may race here; then one frame is made twice, which is harmless.
        var made = encode(this);
        _frames = new Frame(encode, made, _frames);
        return made;
    }

    private sealed record Frame(Delegate Encode, object Value, Frame? Next);
}
