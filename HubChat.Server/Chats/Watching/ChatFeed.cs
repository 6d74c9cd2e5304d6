using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>Live announcements of chats on this node. They are hints: the log is the truth, and <see cref="FeedMonitor"/> compares the two.</summary>
internal sealed class ChatFeed(InboxFeed inbox, IOptions<RealtimeOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ChatId, ChatTopic> _topics = new();

    /// <summary>An event was announced.</summary>
    public event Action<ChatEventView>? Published;

    /// <summary>A chat was deleted.</summary>
    public event Action<ChatId>? Deleted;

    public IEnumerable<ChatTopic> Topics => _topics.Values;

    public void Publish(IReadOnlyList<ChatEventView> events)
    {
        foreach (var chatEvent in events)
        {
            if (_topics.TryGetValue(chatEvent.Event.ChatId, out var topic))
            {
                topic.Offer(chatEvent);
            }

            inbox.Publish(chatEvent);
            Published?.Invoke(chatEvent);
        }
    }

    /// <summary>Announces what is not in the log: deltas, typing, presence.</summary>
    public void Publish(ChatUpdate update)
    {
        if (_topics.TryGetValue(update.ChatId, out var topic))
        {
            topic.Offer(update);
        }
    }

    /// <summary>Follows a chat from now on.</summary>
    public void Attach(ChatId chatId, ITopicListener listener)
    {
        ChatTopic topic;
        bool arrives;
        lock (_gate)
        {
            topic = _topics.GetOrAdd(chatId, static (id, feed) => feed.NewTopic(id), this);
            arrives = listener.IsPresent && !topic.Present.Contains(listener.UserId);
            topic.Attach(listener);
        }

        if (arrives)
        {
            topic.Offer(new PresenceUpdate(chatId, topic.Present));
        }
    }

    public void Detach(ChatId chatId, ITopicListener listener)
    {
        if (_topics.TryGetValue(chatId, out var topic) && topic.Detach(listener) && listener.IsPresent && !topic.Present.Contains(listener.UserId))
        {
            topic.Offer(new PresenceUpdate(chatId, topic.Present));
        }
    }

    public bool TryGetTopic(ChatId chatId, [NotNullWhen(true)] out ChatTopic? topic) => _topics.TryGetValue(chatId, out topic);

    /// <summary>Ends everything that follows a chat which is gone.</summary>
    public void CloseChat(ChatId chatId, IReadOnlyList<UserId> people)
    {
        Deleted?.Invoke(chatId);
        if (_topics.TryRemove(chatId, out var topic))
        {
            foreach (var listener in topic.Listeners)
            {
                topic.Detach(listener);
                listener.Close(WatchEnd.Deleted);
            }
        }

        foreach (var person in people)
        {
            inbox.Removed(chatId, person);
        }
    }

    /// <summary>Forgets the chats that nobody follows any more.</summary>
    public void Tidy()
    {
        lock (_gate)
        {
            foreach (var (id, topic) in _topics)
            {
                if (topic.Listeners.IsEmpty)
                {
                    _topics.TryRemove(id, out _);
                }
            }
        }
    }

    private ChatTopic NewTopic(ChatId id) => new(id, options.Value, time);
}
