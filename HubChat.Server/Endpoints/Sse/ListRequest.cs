using HubChat.Server.Chats;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>The page of a list. Whatever is given must be right, also an empty value.</summary>
internal static class ListRequest
{
    private const int MaxLimit = 100;
    private const int DefaultLimit = 20;

    /// <exception cref="SseException">invalid_offset, invalid_limit, invalid_order or invalid_is_archived.</exception>
    public static ListChatPage Read(IQueryCollection query)
    {
        var offset = query.NumberOf("offset", 0) ?? throw QueryValues.Refuse("offset", "an integer of 0 or more");
        var limit = query.NumberOf("limit", DefaultLimit) is { } number and >= 1 and <= MaxLimit
            ? (int)number
            : throw QueryValues.Refuse("limit", $"an integer from 1 to {MaxLimit}");
        var order = query.ValueOf("order") switch
        {
            null or "updated" => ChatOrder.Updated,
            "created" => ChatOrder.Created,
            _ => throw QueryValues.Refuse("order", "updated or created"),
        };
        var archived = query.ValueOf("is_archived") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw QueryValues.Refuse("is_archived", "true or false"),
        };
        return new ListChatPage(archived, order, offset, limit);
    }
}
