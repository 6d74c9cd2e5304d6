using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>One reader's watch of one chat. It passes updates to the reader's outbox from the moment the reader has been told where it begins.</summary>
internal sealed class ChatWatch(ChatFeed feed, ChatId chatId, CurrentUser user, Outbox outbox, WatchReader reader, Action<ChatWatch> onClosed)
    : ITopicListener, IOutboxSource
{
    // While the answer of the watch is under way; more than these and the reader reads again.
    private const int MaxHeld = 256;

    private readonly Lock _gate = new();
    private readonly WatchCursor _cursor = new();
    private List<ChatUpdate>? _held = [];
    private bool _missed;
    private volatile bool _ended;

    public ChatId ChatId { get; } = chatId;

    public UserId UserId => user.Id;

    public bool IsPresent => true;

    public void StartAt(WatchPosition position) => _cursor.MoveTo(position);

    /// <summary>The reader has its answer: what was held back follows, then everything live.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_held is null)
            {
                return;
            }

            foreach (var update in _held)
            {
                outbox.Offer(this, update);
            }

            if (_missed)
            {
                outbox.Refresh(this);
            }

            _held = null;
        }
    }

    public void Offer(ChatUpdate update)
    {
        if (_held is not null && Hold(update))
        {
            return;
        }

        outbox.Offer(this, update);
    }

    public void Refresh()
    {
        lock (_gate)
        {
            if (_held is not null)
            {
                _missed = true;
                return;
            }
        }

        outbox.Refresh(this);
    }

    public OutboxItem? Admit(OutboxItem item, out bool isBehind)
    {
        isBehind = false;
        return item is ClosedUpdate ? item
            : _ended || item is TypingUpdate { UserId: var typist } && typist == UserId ? null
            : _cursor.Admit((ChatUpdate)item, out isBehind);
    }

    public async Task<OutboxItem?> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return null;
        }

        try
        {
            var result = await reader.ReadAsync(ChatId, _cursor.Position, user, cancellationToken);
            _cursor.MoveTo(result.Position);
            HubTelemetry.Resyncs.Add(1);
            return new ResyncUpdate(result);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            // Not in the chat any more, and the event that says so was among what was dropped.
            End();
            return new ClosedUpdate(ChatId, WatchEnd.Removed);
        }
    }

    public void Close(WatchEnd reason)
    {
        End();
        outbox.Offer(this, new ClosedUpdate(ChatId, reason));
    }

    /// <summary>Ends the watch at the reader's wish; nothing more is said about it.</summary>
    public void Stop()
    {
        _ended = true;
        feed.Detach(ChatId, this);
        outbox.Forget(this);
    }

    private void End()
    {
        _ended = true;
        feed.Detach(ChatId, this);
        onClosed(this);
    }

    private bool Hold(ChatUpdate update)
    {
        lock (_gate)
        {
            if (_held is null)
            {
                return false;
            }

            if (_held.Count >= MaxHeld)
            {
                _held.Clear();
                _missed = true;
            }

            _held.Add(update);
            return true;
        }
    }
}
