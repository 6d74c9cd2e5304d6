using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Text;

namespace HubChat.Server.Chats;

/// <summary>Finds what was said, in the chats that somebody is in.</summary>
internal sealed class SearchService(IChatStore store)
{
    public const int MaxLimit = 50;

    private const int MaxQueryLength = 200;

    /// <summary>The newest messages first, with the words that were found in them.</summary>
    /// <exception cref="ChatException">The query or the limit is refused; NotFound when the caller is not in the chat.</exception>
    public async Task<SearchPage> SearchAsync(SearchMessages query, CurrentUser user, CancellationToken cancellationToken)
    {
        ChatAccess.RequireScope(user);
        if (query.Limit is < 1 or > MaxLimit)
        {
            throw ChatException.InvalidRequest($"limit must be between 1 and {MaxLimit}.");
        }

        var words = SearchWords.Of(RequireQuery(query.Query));

        // One more than asked for tells whether there are more.
        var found = await store.SearchAsync(query, words, user, query.Limit + 1, cancellationToken);
        IReadOnlyList<SearchHit> hits = [.. found.Take(query.Limit).Select(message => new SearchHit(message, Snippet.Of(message.Text, words)))];
        return new SearchPage(hits, found.Count > query.Limit ? hits[^1].Message.Position : null);
    }

    /// <summary>What is looked for, without the white space around it.</summary>
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static string RequireQuery(string? query)
    {
        var text = query?.Trim();
        TextRules.Require(text, MaxQueryLength, "A query");
        return text!;
    }
}
