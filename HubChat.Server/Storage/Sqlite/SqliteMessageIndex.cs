using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>Asks FTS5. It folds words by itself, by its own version of Unicode. They are letters, digits and marks and stand in quotes: nothing of a query is its syntax.</summary>
internal sealed class SqliteMessageIndex : IMessageIndex
{
    public IQueryable<Message> Find(ChatDbContext db, IReadOnlyList<SearchWord> words, IReadOnlyCollection<ChatId> near)
    {
        var text = $"Text : ({string.Join(" AND ", words.Select(word => $"\"{word.AsWritten}\""))} *)";
        var match = near.Count == 0 ? text : $"Chat : ({string.Join(" OR ", near.Select(chat => $"\"{chat.Value:N}\""))}) AND {text}";
        return db.Messages.FromSql($"""
            SELECT "Messages".* FROM "MessageWords"
            JOIN "MessageNumbers" ON "Number" = "MessageWords".rowid
            JOIN "Messages" ON "Id" = "MessageId"
            WHERE "MessageWords" MATCH {match}
            """);
    }
}
