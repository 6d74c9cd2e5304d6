using System.Collections.Concurrent;
using System.Collections.Immutable;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats.Watching;

/// <summary>Who watches a list of chats here, and which chats have changed since those lists were told.</summary>
internal sealed class InboxFeed
{
    private readonly ConcurrentDictionary<UserId, ImmutableArray<InboxWatch>> _watches = new();
    private readonly ConcurrentDictionary<ChatId, bool> _changed = new();

    public IReadOnlyCollection<UserId> Users => [.. _watches.Keys];

    public void Attach(InboxWatch watch) => _watches.AddOrUpdate(watch.UserId, [watch], (_, all) => all.Add(watch));

    public void Detach(InboxWatch watch)
    {
        var left = _watches.AddOrUpdate(watch.UserId, [], (_, all) => all.Remove(watch));
        if (left.IsEmpty)
        {
            _watches.TryRemove(new KeyValuePair<UserId, ImmutableArray<InboxWatch>>(watch.UserId, left));
        }
    }

    /// <summary>Whose list loses the chat by an event.</summary>
    public static UserId? RemovedBy(ChatEventView chatEvent) =>
        chatEvent is { Type: ChatEventType.ParticipantLeft, Event.SubjectId: { } left } ? left : null;

    public void Publish(ChatEventView chatEvent)
    {
        if (RemovedBy(chatEvent) is { } left)
        {
            Removed(chatEvent.Event.ChatId, left);
        }

        Changed(chatEvent.Event.ChatId);
    }

    /// <summary>Has the lists that contain this chat told about it soon.</summary>
    public void Changed(ChatId chatId)
    {
        if (!_watches.IsEmpty)
        {
            _changed[chatId] = true;
        }
    }

    public void Removed(ChatId chatId, UserId userId) => Offer(userId, new InboxRemovedUpdate(chatId));

    public void Offer(UserId userId, InboxUpdate update)
    {
        if (_watches.TryGetValue(userId, out var watches))
        {
            foreach (var watch in watches)
            {
                watch.Offer(update);
            }
        }
    }

    /// <summary>Has all lists read anew: nobody knows what has changed in them.</summary>
    public void Resync()
    {
        foreach (var user in _watches.Keys)
        {
            Offer(user, new InboxResyncUpdate());
        }
    }

    /// <summary>The chats that changed since the last call.</summary>
    public IReadOnlyList<ChatId> TakeChanged()
    {
        var taken = new List<ChatId>();
        foreach (var chatId in _changed.Keys)
        {
            if (_changed.TryRemove(chatId, out _))
            {
                taken.Add(chatId);
            }
        }

        return taken;
    }
}
