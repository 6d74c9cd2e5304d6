using HubChat.Server.Chats;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>Finds messages by their words: the index says where they stand, the participants who may read them.</summary>
internal sealed class SearchQuery(IDbContextFactory<ChatDbContext> contexts, IMessageIndex index)
{
    /// <summary>Who is in more chats is looked for in the whole index; asking for each of them would cost more.</summary>
    public const int MaxNamedChats = 256;

    public async Task<IReadOnlyList<FoundMessage>> FindAsync(
        SearchMessages query, IReadOnlyList<SearchWord> words, CurrentUser user, int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        var chats = await GetReadableAsync(db, query.ChatId, user, cancellationToken);
        if (words.Count == 0 || chats.Count == 0)
        {
            return [];
        }

        var messages = index.Find(db, words, chats.Count <= MaxNamedChats ? chats : [])
            .Where(message => chats.Contains(message.ChatId) && message.DeletedAt == null);
        if (query.Before is { } before)
        {
            messages = messages.Where(message => message.CreatedAt < before.CreatedAt
                || (message.CreatedAt == before.CreatedAt
                    && (message.Seq < before.Seq || (message.Seq == before.Seq && message.Id.CompareTo(before.Id) < 0))));
        }

        var rows = await (
            from message in messages
            orderby message.CreatedAt descending, message.Seq descending, message.Id descending
            join chat in db.Chats on message.ChatId equals chat.Id
            join person in db.Users on message.AuthorId equals person.Id into authors
            from author in authors.DefaultIfEmpty()
            select new
            {
                message.Id,
                message.ExternalId,
                message.ChatId,
                ChatTitle = chat.Title,
                message.Seq,
                message.Role,
                message.AuthorId,
                AuthorName = author == null ? null : author.DisplayName,
                message.CreatedAt,
                Text = message.Text.Substring(0, SearchWords.MaxTextLength),
            })
            .Take(max)
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new FoundMessage(
                row.Id, row.ExternalId, row.ChatId, row.ChatTitle, row.Seq, row.Role, row.AuthorId, ChatQueries.NameOf(row.Role, row.AuthorName),
                row.CreatedAt, row.Text)),
        ];
    }

    /// <summary>What <see cref="ChatAccess"/> lets somebody read, as everywhere else: a chat as a whole.</summary>
    private static async Task<IReadOnlyCollection<ChatId>> GetReadableAsync(
        ChatDbContext db, ChatId? only, CurrentUser user, CancellationToken cancellationToken)
    {
        var places = await db.Participants.AsNoTracking()
            .Where(participant => participant.UserId == user.Id && (only == null || participant.ChatId == only))
            .ToListAsync(cancellationToken);
        return only is { } chatId
            ? [ChatAccess.Require(chatId, places.SingleOrDefault(), user, ChatOperation.Read).ChatId]
            : [.. places.Where(place => ChatAccess.Allows(place.Role, ChatOperation.Read)).Select(place => place.ChatId)];
    }
}
