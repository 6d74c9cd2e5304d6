using HubChat.Server.Chats;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Lists, histories, and what is changed of a conversation.</summary>
internal static class ConversationEndpoints
{
    private const string CacheHeader = "X-Cache";

    public static void MapConversations(this RouteGroupBuilder group)
    {
        group.MapGet("/conversations", List);
        group.MapGet("/conversations/search", Search);
        group.MapGet("/conversation/{id}", Get);
        group.MapPatch("/conversation/{id}", Patch);
        group.MapDelete("/conversation/{id}", Delete);
        group.MapPost("/conversation/gen_title/{id}", GenerateTitle);
    }

    private static async Task List(HttpContext context, ConversationReader reader, CurrentUser user, CancellationToken cancellationToken) =>
        await WriteAsync(context, await reader.ListAsync(ListRequest.Read(context.Request.Query), user, cancellationToken));

    private static async Task<JsonHttpResult<SearchResponse>> Search(
        HttpContext context, SearchService search, CurrentUser user, CancellationToken cancellationToken)
    {
        var query = SearchRequest.Read(context.Request.Query);
        var page = await search.SearchAsync(query, user, cancellationToken);
        context.Response.Headers.CacheControl = "no-store";
        return Json(new SearchResponse([.. page.Hits.Select(SearchResultItem.Of)], query.Limit, page.Next?.ToString()));
    }

    private static async Task Get(HttpContext context, string id, ConversationReader reader, CurrentUser user, CancellationToken cancellationToken) =>
        await WriteAsync(context, await reader.GetAsync(ConversationIds.Read(id), user, cancellationToken));

    private static async Task<JsonHttpResult<SuccessResponse>> Patch(
        HttpContext context, string id, ChatService chats, IChatStore store, CurrentUser user, CancellationToken cancellationToken)
    {
        var chatId = ConversationIds.Read(id);
        using var body = await JsonBody.ReadAsync(context.Request, isOptional: false, cancellationToken);
        var patch = ConversationPatch.Read(body.Root);

        // Whoever may not change one thing changes nothing.
        var operation = patch is { Title: null, IsVisible: not false } ? ChatOperation.KeepPlace : ChatOperation.Manage;
        await store.AuthorizeAsync(chatId, user, operation, cancellationToken);
        var flags = new SetChatFlags(chatId, Pinned: null, patch.IsArchived);
        await (patch switch
        {
            // Of what is gone nothing else can be seen.
            { IsVisible: false } => chats.DeleteAsync(chatId, user, cancellationToken),
            { Title: { } title } => chats.RenameAsync(chatId, title, flags, user, cancellationToken),
            _ => chats.SetFlagsAsync(flags, user, cancellationToken),
        });
        return Json(new SuccessResponse());
    }

    private static async Task<JsonHttpResult<SuccessResponse>> Delete(string id, ChatService chats, CurrentUser user, CancellationToken cancellationToken)
    {
        await chats.DeleteAsync(ConversationIds.Read(id), user, cancellationToken);
        return Json(new SuccessResponse());
    }

    private static async Task<JsonHttpResult<TitleResponse>> GenerateTitle(
        HttpContext context, string id, TitleService titles, IChatStore store, CurrentUser user, CancellationToken cancellationToken)
    {
        var chatId = ConversationIds.Read(id);
        using var body = await JsonBody.ReadAsync(context.Request, isOptional: true, cancellationToken);
        MessageId? about = null;
        if (body.Root.Find("message_id") is { } named)
        {
            var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Manage, cancellationToken);
            about = named.AsText() is { } name && await store.FindMessageAsync(grant, name, cancellationToken) is { DeletedAt: null } message
                ? message.Id
                : throw SseException.Invalid("invalid_message_id", "message_id", "There is no such message in this conversation.");
        }

        return Json(new TitleResponse(await titles.WriteAsync(chatId, about, user, cancellationToken)));
    }

    private static async Task WriteAsync(HttpContext context, CachedBody body)
    {
        var response = context.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Json.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers[CacheHeader] = body.IsHit ? "HIT" : "MISS";
        await response.Body.WriteAsync(body.Json, context.RequestAborted);
    }

    private static JsonHttpResult<T> Json<T>(T value) => TypedResults.Json(value, SseJson.Options);
}
