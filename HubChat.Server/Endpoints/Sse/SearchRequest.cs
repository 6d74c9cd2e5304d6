using HubChat.Server.Chats;
using HubChat.Server.Errors;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>A page of what a search finds.</summary>
internal static class SearchRequest
{
    private const int DefaultLimit = 20;

    /// <exception cref="SseException">invalid_query, invalid_cursor or invalid_limit.</exception>
    public static SearchMessages Read(IQueryCollection query)
    {
        var text = ReadText(query);
        var before = query.ValueOf("cursor") is not { } cursor
            ? (SearchPosition?)null
            : SearchPosition.Parse(cursor) ?? throw QueryValues.Refuse("cursor", "what the former page gave as next_cursor");
        var limit = query.NumberOf("limit", DefaultLimit) is { } number and >= 1 and <= SearchService.MaxLimit
            ? (int)number
            : throw QueryValues.Refuse("limit", $"an integer from 1 to {SearchService.MaxLimit}");
        return new SearchMessages(text, ChatId: null, before, limit);
    }

    private static string ReadText(IQueryCollection query)
    {
        try
        {
            return SearchService.RequireQuery(query.ValueOf("query"));
        }
        catch (ChatException refusal)
        {
            throw SseException.Invalid("invalid_query", "query", refusal.Message);
        }
    }
}
