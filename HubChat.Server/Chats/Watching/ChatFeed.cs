using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HubChat.Server.Diagnostics;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>Live announcements of chats. Other nodes are told that there is something; they read it themselves. All are hints: the log is the truth, and <see cref="FeedMonitor"/> compares the two.</summary>
internal sealed class ChatFeed(InboxFeed inbox, IBackplane backplane, IOptions<RealtimeOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ChatId, ChatTopic> _topics = new();

    /// <summary>An event was announced.</summary>
    public event Action<ChatEventView>? Published;

    /// <summary>A chat was deleted.</summary>
    public event Action<ChatId>? Deleted;

    /// <summary>Somebody has begun or ceased to watch a chat here.</summary>
    public event Action<ChatId>? PresenceChanged;

    public IEnumerable<ChatTopic> Topics => _topics.Values;

    /// <summary>Announces, here and at other nodes, what has just been stored of a chat.</summary>
    public void Publish(IReadOnlyList<ChatEventView> events)
    {
        Announce(events);
        HubTelemetry.MessagesPosted.Add(events.Count(stored => stored.Type is ChatEventType.MessagePosted or ChatEventType.MessageEdited));
        if (events.LastOrDefault(stored => stored.Type is ChatEventType.GenerationQueued)?.Event.GenerationId is { } asked)
        {
            HubTelemetry.Asked(asked.Value);
        }

        if (events is [.., { Event: var last }])
        {
            backplane.Publish(new EventsStored(last.ChatId, last.Seq));
            backplane.Publish(new ChatChanged(last.ChatId, [.. events.Select(InboxFeed.RemovedBy).OfType<UserId>()]));
        }
    }

    /// <summary>Announces here what was read from the log.</summary>
    public void Announce(IReadOnlyList<ChatEventView> events)
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

    /// <summary>Announces here what is not in the log: deltas, typing, presence.</summary>
    /// <param name="update">What it is.</param>
    /// <param name="afterSeq">The event that must have been announced before; 0 for none.</param>
    public void Publish(ChatUpdate update, long afterSeq = 0)
    {
        if (_topics.TryGetValue(update.ChatId, out var topic))
        {
            topic.Offer(update, afterSeq);
        }
    }

    /// <summary>Completes when what other nodes say about a chat that is followed here is heard.</summary>
    public Task WhenHeardAsync(ChatId chatId) => backplane.FollowAsync(chatId);

    /// <summary>Says who watches a chat at other nodes.</summary>
    public void SetElsewhere(ChatId chatId, IReadOnlyList<UserId> people)
    {
        if (_topics.TryGetValue(chatId, out var topic) && topic.SetElsewhere(people))
        {
            topic.Offer(new PresenceUpdate(chatId, topic.Present));
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
            arrives = listener.IsPresent && !topic.PresentHere.Contains(listener.UserId);
            topic.Attach(listener);
            _ = backplane.FollowAsync(chatId);
        }

        if (arrives)
        {
            topic.Offer(new PresenceUpdate(chatId, topic.Present));
            PresenceChanged?.Invoke(chatId);
        }
    }

    public void Detach(ChatId chatId, ITopicListener listener)
    {
        if (_topics.TryGetValue(chatId, out var topic) && topic.Detach(listener) && listener.IsPresent && !topic.PresentHere.Contains(listener.UserId))
        {
            topic.Offer(new PresenceUpdate(chatId, topic.Present));
            PresenceChanged?.Invoke(chatId);
        }
    }

    public bool TryGetTopic(ChatId chatId, [NotNullWhen(true)] out ChatTopic? topic) => _topics.TryGetValue(chatId, out topic);

    /// <summary>Ends everything, here and at other nodes, that follows a chat which is gone.</summary>
    public void CloseChat(ChatId chatId, IReadOnlyList<UserId> people)
    {
        CloseHere(chatId, people);
        backplane.Publish(new ChatGone(chatId));
        backplane.Publish(new ChatChanged(chatId, people));
    }

    /// <summary>Ends everything that follows a chat here.</summary>
    public void CloseHere(ChatId chatId, IReadOnlyList<UserId> people)
    {
        Deleted?.Invoke(chatId);
        if (_topics.TryRemove(chatId, out var topic))
        {
            backplane.Unfollow(chatId);
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
                    backplane.Unfollow(id);
                }
            }
        }
    }

    private ChatTopic NewTopic(ChatId id) => new(id, options.Value, time);
}
