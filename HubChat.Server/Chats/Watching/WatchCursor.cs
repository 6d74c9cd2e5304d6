using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// What a watcher has been given, and so what it still needs: the rule that makes joining late, reconnecting and falling behind the
/// same thing. Only the outbox's current writer touches it.
/// </summary>
internal sealed class WatchCursor
{
    private readonly Dictionary<GenerationId, StreamPosition> _generations = [];
    private long _seq;

    public WatchPosition Position => new(_seq, new Dictionary<GenerationId, StreamPosition>(_generations));

    public void MoveTo(WatchPosition position)
    {
        _seq = position.Seq ?? 0;
        _generations.Clear();
        foreach (var (id, at) in position.Generations)
        {
            _generations[id] = at;
        }
    }

    /// <summary>What of an update is new; null when nothing is.</summary>
    /// <param name="update">The update.</param>
    /// <param name="isBehind">Something before the update is missing; nothing of it may be shown.</param>
    public ChatUpdate? Admit(ChatUpdate update, out bool isBehind)
    {
        isBehind = false;
        switch (update)
        {
            case EventUpdate { Event.Seq: var seq }:
                isBehind = seq > _seq + 1;
                if (seq != _seq + 1)
                {
                    return null;
                }

                _seq = seq;
                return update;
            case TopUpdate { Seq: var top }:
                isBehind = top > _seq;
                return top == _seq ? update : null;
            case JoinedDeltas joined:
                return Admit(joined.ToUpdate(), out isBehind);
            case DeltaUpdate { Delta: var delta } shown:
                return Admit(shown, delta, out isBehind);
            default:
                return update;
        }
    }

    private DeltaUpdate? Admit(DeltaUpdate update, Delta delta, out bool isBehind)
    {
        isBehind = false;
        var isKnown = _generations.TryGetValue(delta.GenerationId, out var at);
        switch (delta)
        {
            case DeltaReset reset:
                if (isKnown && reset.Epoch <= at.Epoch)
                {
                    return null;
                }

                _generations[delta.GenerationId] = new StreamPosition(reset.Epoch, reset.Text.Length);
                return update;
            case DeltaText text when isKnown && text.Epoch == at.Epoch:
                if (text.End <= at.Offset)
                {
                    return null;
                }

                isBehind = text.Offset > at.Offset;
                if (isBehind)
                {
                    return null;
                }

                _generations[delta.GenerationId] = at with { Offset = text.End };
                return text.Offset == at.Offset
                    ? update
                    : new DeltaUpdate(update.ChatId, text with { Offset = at.Offset, Text = text.Text[(at.Offset - text.Offset)..] }) { ShownAt = update.ShownAt };
            case DeltaDone done when isKnown && done.Epoch == at.Epoch:
                isBehind = done.End.Length != at.Offset;
                if (isBehind)
                {
                    return null;
                }

                _generations.Remove(delta.GenerationId);
                return update;
            case DeltaDone:
                // The event with the final text stands in the log; who did not follow the reply needs no end of it.
                return null;
            default:
                isBehind = !isKnown || delta.Epoch > at.Epoch;
                return null;
        }
    }
}
