using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage.Postgres;

/// <summary>Asks the GIN index. Words are letters and digits and stand in quotes: nothing of a query is its syntax.</summary>
internal sealed class PostgresMessageIndex : IMessageIndex
{
    public IQueryable<Message> Find(ChatDbContext db, IReadOnlyList<SearchWord> words, IReadOnlyCollection<ChatId> near)
    {
        var text = $"{string.Join(" & ", words.Select(word => $"'{word.Folded}'"))}:*";
        var match = near.Count == 0 ? text : $"({string.Join(" | ", near.Select(chat => $"':{chat}'"))}) & {text}";
        return db.Messages.FromSql($"""
            SELECT "Messages".* FROM "MessageWords"
            JOIN "Messages" ON "Id" = "MessageId"
            WHERE "Words" @@ {match}::tsquery
            """);
    }
}
