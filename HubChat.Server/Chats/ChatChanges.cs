using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>Write, then announce: every change to a chat goes through here, so that none is stored without being announced.</summary>
internal sealed class ChatChanges(IChatStore store, ChatFeed feed, IFailpoints failpoints)
{
    public async Task<T> ApplyAsync<T>(
        ChatId chatId, CurrentUser user, ChatOperation operation, Func<IChatTransaction, ChatGrant, Task<T>> change, CancellationToken cancellationToken) =>
        Announce(await store.ChangeAsync(chatId, user, operation, change, cancellationToken));

    public async Task<T> ApplyAsync<T>(ChatId chatId, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        Announce(await store.ChangeAsync(chatId, change, cancellationToken));

    public async Task<T> CreateAsync<T>(Chat chat, int maxOwned, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        Announce(await store.CreateAsync(chat, maxOwned, change, cancellationToken));

    private T Announce<T>(ChatChange<T> change)
    {
        failpoints.Hit(Failpoint.AfterAcknowledgeBeforePublish);
        feed.Publish(change.Events);
        return change.Value;
    }
}
