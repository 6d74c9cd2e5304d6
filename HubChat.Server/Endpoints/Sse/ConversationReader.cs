using HubChat.Server.Chats;
using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Histories and lists: from the cache where it has them, from the store where it has not. Who may read is asked first.</summary>
internal sealed class ConversationReader(
    IChatStore store, ChatService chats, IConversationCache cache, IOptions<SseOptions> options, IOptions<CachingOptions> caching)
{
    public async Task<CachedBody> GetAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken)
    {
        var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken);
        var found = await cache.FindHistoryAsync(chatId);
        if (found.Body is { } kept)
        {
            return new CachedBody(kept, IsHit: true);
        }

        var history = await store.GetHistoryAsync(grant, options.Value.MaxHistoryMessages, options.Value.MaxHistoryLength, cancellationToken);
        var messages = history.Messages.Where(view => view.Message.DeletedAt is null).Select(view => view.ToItem());
        var body = SseJson.Write(new ConversationResponse(chatId.ToString(), [.. messages]));

        // What is being written changes without a change that the cache is told of.
        if (!history.IsAnswering && found.Version is { } version && IsKept(body))
        {
            await cache.StoreHistoryAsync(chatId, body, version);
        }

        return new CachedBody(body, IsHit: false);
    }

    public async Task<CachedBody> ListAsync(ListChatPage query, CurrentUser user, CancellationToken cancellationToken)
    {
        var page = $"{query.Offset}:{query.Limit}:{WireNames.Of(query.Order)}:{(query.Archived ? "true" : "false")}";
        var found = await cache.FindListAsync(user.Id, page);
        if (found.Body is { } kept)
        {
            return new CachedBody(kept, IsHit: true);
        }

        var listing = await chats.ListAsync(query, user, cancellationToken);
        var body = SseJson.Write(new ConversationsResponse(
            [.. listing.Chats.Select(ConversationItem.Of)], query.Limit, query.Offset, listing.Total));
        if (found.Version is { } version && listing.Chats.Count > 0 && IsKept(body))
        {
            await cache.StoreListAsync(user.Id, page, body, version);
        }

        return new CachedBody(body, IsHit: false);
    }

    private bool IsKept(byte[] body) => body.Length <= caching.Value.MaxAnswerBytes;
}

/// <param name="Json">The whole answer.</param>
/// <param name="IsHit">Whether it comes from the cache.</param>
internal readonly record struct CachedBody(byte[] Json, bool IsHit);
