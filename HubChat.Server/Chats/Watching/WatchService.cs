using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>Watching chats: one call for joining late, reconnecting and falling behind.</summary>
internal sealed class WatchService(ChatFeed feed, WatchReader reader, IChatStore store, IBackplane backplane)
{
    /// <summary>
    /// Begins a watch and reads what its reader lacks. The watch holds live updates back until it is released, which its owner does when
    /// the reader has the answer.
    /// </summary>
    public async Task<(ChatWatch Watch, WatchResult Result)> OpenAsync(
        ChatId chatId, WatchPosition from, CurrentUser user, Outbox outbox, Action<ChatWatch> onClosed, CancellationToken cancellationToken)
    {
        // A stranger must not become visible to those inside, not even for a moment.
        var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken);

        // Following comes before reading: what happens in between is seen twice, never missed.
        var watch = new ChatWatch(feed, chatId, user, outbox, reader, onClosed);
        feed.Attach(chatId, watch);
        try
        {
            await feed.WhenHeardAsync(chatId);
            var result = await reader.ReadAsync(grant, from, cancellationToken);
            watch.StartAt(result.Position);
            if (feed.TryGetTopic(chatId, out var topic) && result.Position.Seq is { } seq)
            {
                // From here on the topic can tell an event that comes too early from one that comes in its turn.
                topic.StartAt(seq);
            }

            return (watch, result);
        }
        catch
        {
            watch.Stop();
            throw;
        }
    }

    /// <summary>Tells the others that somebody types, or no longer does.</summary>
    public async Task TypeAsync(ChatId chatId, bool typing, CurrentUser user, CancellationToken cancellationToken)
    {
        await store.AuthorizeAsync(chatId, user, ChatOperation.Write, cancellationToken);
        feed.Publish(new TypingUpdate(chatId, user.Id, typing));
        backplane.Publish(new TypingSeen(chatId, user.Id, typing));
    }
}
