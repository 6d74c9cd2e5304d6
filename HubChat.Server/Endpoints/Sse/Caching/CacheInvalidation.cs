using HubChat.Server.Chats;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>Takes out of the cache what a change has made wrong, through whichever door it came.</summary>
internal sealed class CacheInvalidation(IConversationCache cache, IChatStore store) : IChatListener
{
    public async Task OnChangedAsync(ChatId chatId, IReadOnlyList<ChatEventView> events)
    {
        var changesHistory = events.Any(change => ChangesHistory(change.Type));
        if (!cache.MayHold || !(changesHistory || events.Any(change => ChangesList(change.Type))))
        {
            return;
        }

        // Who has just left is no participant any more.
        var left = events.Where(change => change.Type is ChatEventType.ParticipantLeft).Select(change => change.Event.SubjectId).OfType<UserId>();
        var people = await store.GetParticipantIdsAsync(chatId, CancellationToken.None);
        await cache.InvalidateAsync(changesHistory ? chatId : null, [.. people.Concat(left).Distinct()]);
    }

    public Task OnDeletedAsync(ChatId chatId, IReadOnlyList<UserId> people) => cache.InvalidateAsync(chatId, people);

    public Task OnMarkedAsync(ChatId chatId, UserId user) => cache.InvalidateAsync(history: null, [user]);

    private static bool ChangesHistory(ChatEventType type) => type
        is ChatEventType.MessagePosted or ChatEventType.MessageEdited or ChatEventType.MessageDeleted
        or ChatEventType.GenerationQueued or ChatEventType.GenerationCompleted;

    private static bool ChangesList(ChatEventType type) => type
        is ChatEventType.ChatCreated or ChatEventType.ChatRenamed or ChatEventType.ParticipantJoined or ChatEventType.ParticipantLeft;
}
