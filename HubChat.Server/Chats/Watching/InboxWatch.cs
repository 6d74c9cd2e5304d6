using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>One reader's watch of its list of chats.</summary>
internal sealed class InboxWatch(UserId userId, Outbox outbox) : IOutboxSource
{
    public UserId UserId => userId;

    public void Offer(InboxUpdate update) => outbox.Offer(this, update);

    public OutboxItem? Admit(OutboxItem item, out bool isBehind)
    {
        isBehind = false;
        return item;
    }

    public Task<OutboxItem?> CatchUpAsync(CancellationToken cancellationToken) => Task.FromResult<OutboxItem?>(new InboxResyncUpdate());
}
