using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats;

/// <summary>Write, then announce: every change to a chat goes through here, so that none is stored without being announced.</summary>
internal sealed class ChatChanges(
    IChatStore store, IDeltaLog log, ChatFeed feed, IEnumerable<IChatListener> listeners, IFailpoints failpoints)
{
    public async Task<T> ApplyAsync<T>(
        ChatId chatId, CurrentUser user, ChatOperation operation, Func<IChatTransaction, ChatGrant, Task<T>> change, CancellationToken cancellationToken) =>
        await AnnounceAsync(await store.ChangeAsync(chatId, user, operation, change, cancellationToken));

    public async Task<T> ApplyAsync<T>(ChatId chatId, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        await AnnounceAsync(await store.ChangeAsync(chatId, change, cancellationToken));

    public async Task<T> CreateAsync<T>(Chat chat, int maxOwned, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        await AnnounceAsync(await store.CreateAsync(chat, maxOwned, change, cancellationToken));

    /// <summary>Says that somebody has pinned or archived a chat, or taken that back, which is no event of the chat.</summary>
    public async Task AnnounceMarkAsync(ChatId chatId, UserId user)
    {
        foreach (var listener in listeners)
        {
            await listener.OnMarkedAsync(chatId, user);
        }
    }

    public async Task DeleteAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken)
    {
        var deleted = await store.DeleteAsync(chatId, user, cancellationToken);
        foreach (var listener in listeners)
        {
            await listener.OnDeletedAsync(chatId, deleted.People);
        }

        // Before the texts go: who reads one hears that the chat is gone.
        feed.CloseChat(chatId, deleted.People);
        foreach (var generation in deleted.Active)
        {
            await EraseAsync(generation);
        }
    }

    private async Task<T> AnnounceAsync<T>(ChatChange<T> change)
    {
        // First of all: who has heard of a deletion must not find the text any more.
        foreach (var generation in change.Erased)
        {
            foreach (var delta in await EraseAsync(generation))
            {
                feed.Publish(new DeltaUpdate(generation.ChatId, delta));
            }
        }

        foreach (var listener in change.Events.Count > 0 ? listeners : [])
        {
            await listener.OnChangedAsync(change.Events[0].Event.ChatId, change.Events);
        }

        failpoints.Hit(Failpoint.AfterAcknowledgeBeforePublish);
        feed.Publish(change.Events);
        return change.Value;
    }

    /// <summary>Ends a log without text; gives what those who watch the reply must be told.</summary>
    private async Task<IReadOnlyList<Delta>> EraseAsync(Generation generation)
    {
        var end = DeltaEnd.Of(WireNames.Of(generation.State.IsFinal ? generation.State : ReplyState.Stopped), "");
        return await log.EraseAsync(generation.Origin, generation.Epoch + 1, end, CancellationToken.None);
    }
}
