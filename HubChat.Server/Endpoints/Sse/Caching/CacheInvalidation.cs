using HubChat.Server.Chats;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>Takes out of the cache what a change has made wrong, through whichever door it came.</summary>
internal sealed partial class CacheInvalidation(IConversationCache cache, IChatStore store, ILogger<CacheInvalidation> logger) : IChatListener
{
    public async Task OnChangedAsync(ChatId chatId, IReadOnlyList<ChatEventView> events)
    {
        var changesHistory = events.Any(change => ChangesHistory(change.Type));
        if (!cache.MayHold || !(changesHistory || events.Any(change => ChangesList(change.Type))))
        {
            return;
        }

        if (await FindPeopleAsync(chatId) is not { } people)
        {
            await cache.InvalidateAllAsync();
            return;
        }

        // Who has just left is no participant any more.
        var left = events.Where(change => change.Type is ChatEventType.ParticipantLeft).Select(change => change.Event.SubjectId).OfType<UserId>();
        await cache.InvalidateAsync(changesHistory ? chatId : null, [.. people.Concat(left).Distinct()]);
    }

    public Task OnDeletedAsync(ChatId chatId, IReadOnlyList<UserId> people) => cache.InvalidateAsync(chatId, people);

    public Task OnMarkedAsync(ChatId chatId, UserId user) => cache.InvalidateAsync(history: null, [user]);

    private async Task<IReadOnlyList<UserId>?> FindPeopleAsync(ChatId chatId)
    {
        try
        {
            return await store.GetParticipantIdsAsync(chatId, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The database took the change and may be away a moment later.
            LogPeopleUnknown(exception, chatId.Value);
            return null;
        }
    }

    private static bool ChangesHistory(ChatEventType type) => type
        is ChatEventType.MessagePosted or ChatEventType.MessageEdited or ChatEventType.MessageDeleted
        or ChatEventType.GenerationQueued or ChatEventType.GenerationCompleted;

    private static bool ChangesList(ChatEventType type) => type
        is ChatEventType.ChatCreated or ChatEventType.ChatRenamed or ChatEventType.ParticipantJoined or ChatEventType.ParticipantLeft;

    [LoggerMessage(LogLevel.Warning, "Who is in chat {ChatId} could not be read; all kept histories and lists are forgotten")]
    private partial void LogPeopleUnknown(Exception exception, Guid chatId);
}
