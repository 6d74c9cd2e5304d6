using System.Text;
using HubChat.Server.Diagnostics;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>Something that happened in a chat, for those who watch it.</summary>
internal abstract class ChatUpdate(ChatId chatId) : OutboxItem
{
    // What the envelope takes: ids, member names, framing.
    protected const int Envelope = 200;

    public ChatId ChatId { get; } = chatId;

    public override int Size => Envelope;
}

/// <summary>A new event of the log.</summary>
internal sealed class EventUpdate(ChatEventView chatEvent) : ChatUpdate(chatEvent.Event.ChatId)
{
    public ChatEventView Event { get; } = chatEvent;

    public override int Size => Envelope + 400 + (Event.Message is { } view ? Encoding.UTF8.GetByteCount(view.Message.Text) : 0);
}

/// <summary>More of a reply that is being written.</summary>
internal sealed class DeltaUpdate(ChatId chatId, Delta delta) : ChatUpdate(chatId)
{
    public Delta Delta { get; } = delta;

    /// <summary>When it, or the first of what was joined into it, was shown at this node.</summary>
    public long ShownAt { get; init; } = HubTelemetry.Now;

    public override int Size { get; } = Envelope + delta switch
    {
        DeltaText text => Encoding.UTF8.GetByteCount(text.Text),
        DeltaReset reset => Encoding.UTF8.GetByteCount(reset.Text),
        _ => 100,
    };

    public override OutboxItem? JoinedWith(OutboxItem next) =>
        Delta is DeltaText first && next is DeltaUpdate { Delta: DeltaText second } && Follows(first, second)
            ? new JoinedDeltas(ChatId, first, ShownAt).JoinedWith(next)
            : null;

    public static bool Follows(DeltaText first, DeltaText second) =>
        second.GenerationId == first.GenerationId && second.Epoch == first.Epoch && second.Offset == first.End;
}

/// <summary>Deltas that piled up for one reader; they become text only when it can take them.</summary>
internal sealed class JoinedDeltas(ChatId chatId, DeltaText first, long shownAt) : ChatUpdate(chatId)
{
    private readonly StringBuilder _text = new(first.Text);
    private long _number = first.Number;
    private int _size = Envelope + Encoding.UTF8.GetByteCount(first.Text);

    public override int Size => _size;

    public override OutboxItem? JoinedWith(OutboxItem next)
    {
        if (next is not DeltaUpdate { Delta: DeltaText more } || more.GenerationId != first.GenerationId
            || more.Epoch != first.Epoch || more.Offset != first.Offset + _text.Length)
        {
            return null;
        }

        _text.Append(more.Text);
        _number = more.Number;
        _size += next.Size;
        return this;
    }

    public DeltaUpdate ToUpdate() => new(ChatId, first with { Text = _text.ToString(), Number = _number }) { ShownAt = shownAt };
}

internal sealed class TypingUpdate(ChatId chatId, UserId userId, bool typing) : ChatUpdate(chatId)
{
    public UserId UserId { get; } = userId;

    public bool Typing { get; } = typing;
}

/// <summary>Everybody who watches the chat now.</summary>
internal sealed class PresenceUpdate(ChatId chatId, IReadOnlyList<UserId> userIds) : ChatUpdate(chatId)
{
    public IReadOnlyList<UserId> UserIds { get; } = userIds;

    public override int Size => Envelope + (UserIds.Count * 40);

    public override OutboxItem? JoinedWith(OutboxItem next) => next is PresenceUpdate { } newer && newer.ChatId == ChatId ? newer : null;
}

/// <summary>The newest number of the chat: the last announcement may have been the one that was lost.</summary>
internal sealed class TopUpdate(ChatId chatId, long seq, IReadOnlyList<string>? degraded = null) : ChatUpdate(chatId)
{
    /// <summary>What this server has to do without at the moment; null when nothing is amiss.</summary>
    public IReadOnlyList<string>? Degraded { get; } = degraded;

    public long Seq { get; } = seq;

    public override OutboxItem? JoinedWith(OutboxItem next) => next is TopUpdate { } newer && newer.ChatId == ChatId ? newer : null;
}

/// <summary>What was dropped for this reader, read anew.</summary>
internal sealed class ResyncUpdate(WatchResult result) : ChatUpdate(result.ChatId)
{
    public WatchResult Result { get; } = result;
}

/// <summary>The watch has ended.</summary>
internal sealed class ClosedUpdate(ChatId chatId, WatchEnd reason) : ChatUpdate(chatId)
{
    public WatchEnd Reason { get; } = reason;
}
