using HubChat.Server.Chats;
using HubChat.Server.Text;

namespace HubChat.Server.Endpoints.Sse;

internal sealed record ConversationResponse(string ConversationId, IReadOnlyList<MessageItem> Messages);

internal sealed record MessageItem(string Id, string Role, ContentItem Content, DateTime CreatedAt, string Status, AuthorMetadata? Metadata);

internal sealed record AuthorMetadata(string AuthorName);

internal sealed record ContentItem(string ContentType, IReadOnlyList<string> Parts)
{
    public static ContentItem Text(IReadOnlyList<string> parts) => new("text", parts);
}

internal sealed record ConversationsResponse(IReadOnlyList<ConversationItem> Items, int Limit, long Offset, long Total);

internal sealed record ConversationItem(string Id, string Title, string LastMessage, DateTime UpdatedAt)
{
    public static ConversationItem Of(ChatLine line) => new(line.Id.ToString(), line.Title, Preview.Of(line.LastText), line.ActivityAt.UtcDateTime);
}

internal sealed record SearchResponse(IReadOnlyList<SearchResultItem> Items, int Limit, string? NextCursor);

internal sealed record SearchResultItem(
    string ConversationId, string ConversationTitle, string MessageId, string Role, AuthorMetadata? Metadata, DateTime CreatedAt, SnippetItem Snippet)
{
    public static SearchResultItem Of(SearchHit hit)
    {
        var (message, isUser) = (hit.Message, hit.Message.Role is MessageRole.User);
        return new SearchResultItem(
            message.ChatId.ToString(), message.ChatTitle, message.ExternalId ?? message.Id.ToString(), isUser ? "user" : "assistant",
            isUser ? new AuthorMetadata(message.AuthorName) : null, message.CreatedAt.UtcDateTime,
            new SnippetItem(hit.Snippet.Text, [.. hit.Snippet.Hits.Select(range => new HighlightItem(range.Off, range.Length))]));
    }
}

internal sealed record SnippetItem(string Text, IReadOnlyList<HighlightItem> Highlights);

/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="Length">How long it is.</param>
internal sealed record HighlightItem(int Start, int Length);

internal sealed record SuccessResponse(bool Success = true);

internal sealed record TitleResponse(string Title);

/// <param name="Status"><c>success</c> or <c>not_running</c>.</param>
/// <param name="LastMessageId">The newest message; null in a conversation without any.</param>
internal sealed record StopResponse(
    string Status, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? LastMessageId);

/// <param name="Status"><c>IS_STREAMING</c> or <c>IDLE</c>.</param>
/// <param name="MessageId">The reply that is being written.</param>
/// <param name="ResumeToken">The caller's token to read its turn with.</param>
internal sealed record StreamStatusResponse(string Status, string? MessageId = null, string? ResumeToken = null);
