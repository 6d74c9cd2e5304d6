using System.Globalization;
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
        var offset = NumberOf(query, "offset", 0) ?? throw Refuse("offset", "an integer of 0 or more");
        var limit = NumberOf(query, "limit", DefaultLimit) is { } number and >= 1 and <= MaxLimit
            ? (int)number
            : throw Refuse("limit", $"an integer from 1 to {MaxLimit}");
        var order = ValueOf(query, "order") switch
        {
            null or "updated" => ChatOrder.Updated,
            "created" => ChatOrder.Created,
            _ => throw Refuse("order", "updated or created"),
        };
        var archived = ValueOf(query, "is_archived") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw Refuse("is_archived", "true or false"),
        };
        return new ListChatPage(archived, order, offset, limit);
    }

    private static long? NumberOf(IQueryCollection query, string name, long absent) =>
        ValueOf(query, name) is not { } value ? absent
        : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    /// <summary>Null when it is not there; of several none can be meant.</summary>
    private static string? ValueOf(IQueryCollection query, string name) =>
        !query.TryGetValue(name, out var values) ? null : values.Count == 1 ? values[0] ?? "" : "";

    private static SseException Refuse(string name, string rule) => SseException.Invalid($"invalid_{name}", name, $"{name} must be {rule}.");
}
