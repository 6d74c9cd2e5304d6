using HubChat.Server.Chats;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>Numbered pages of chats: the count, the page, and the newest text of each chat on it.</summary>
internal sealed class ListingQuery(IDbContextFactory<ChatDbContext> contexts)
{
    public async Task<ChatListing> ListAsync(ListChatPage query, UserId user, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        var chats =
            from participant in db.Participants
            where participant.UserId == user && participant.Archived == query.Archived
            join chat in db.Chats on participant.ChatId equals chat.Id
            select chat;
        var total = await chats.CountAsync(cancellationToken);
        if (query.Offset >= total)
        {
            return new ChatListing([], total);
        }

        var ordered = query.Order is ChatOrder.Created
            ? chats.OrderByDescending(chat => chat.CreatedAt).ThenByDescending(chat => chat.Id)
            : chats.OrderByDescending(chat => chat.ActivityAt).ThenByDescending(chat => chat.Id);
        var page = await ordered.Skip((int)query.Offset).Take(query.Limit)
            .Select(chat => new { chat.Id, chat.Title, chat.ActivityAt })
            .ToListAsync(cancellationToken);
        var texts = await GetNewestTextsAsync(db, [.. page.Select(chat => chat.Id)], cancellationToken);
        return new ChatListing(
            [.. page.Select(chat => new ChatLine(chat.Id, chat.Title, texts.GetValueOrDefault(chat.Id, ""), chat.ActivityAt))],
            total);
    }

    private static async Task<Dictionary<ChatId, string>> GetNewestTextsAsync(
        ChatDbContext db, IReadOnlyCollection<ChatId> chats, CancellationToken cancellationToken)
    {
        // One step down the index for each chat, however many messages it has.
        var newest =
            from chat in db.Chats
            where chats.Contains(chat.Id)
            select new
            {
                chat.Id,
                Text = db.Messages
                    .Where(message => message.ChatId == chat.Id && message.DeletedAt == null && message.Text != "")
                    .OrderByDescending(message => message.Seq)
                    .Select(message => message.Text)
                    .FirstOrDefault(),
            };
        return await newest.ToDictionaryAsync(chat => chat.Id, chat => chat.Text ?? "", cancellationToken);
    }
}
