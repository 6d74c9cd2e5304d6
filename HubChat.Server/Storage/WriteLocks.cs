using HubChat.Server.Chats;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>
/// What a write holds until it commits. SQLite has one writer at a time, which is lock enough; on PostgreSQL what a write decides by must
/// not change under it. Always taken in this order, so that no two wait for each other: chat, person, <see cref="WriteLock"/>.
/// </summary>
internal static class WriteLocks
{
    extension(ChatDbContext db)
    {
        /// <summary>The chat, which nobody else changes before this write ends: so its numbers have no holes and commit in their order.</summary>
        public async Task<Chat?> FindLockedChatAsync(ChatId id)
        {
            if (!db.Database.IsNpgsql())
            {
                return await db.Chats.FirstOrDefaultAsync(chat => chat.Id == id);
            }

            // Nothing is composed onto it: the clause belongs to the outermost statement. The rows that refer to the chat may come meanwhile.
            var locked = await db.Chats.FromSql($"""SELECT * FROM "Chats" WHERE "Id" = {id.Value} FOR NO KEY UPDATE""").ToListAsync();
            return locked is [var chat] ? chat : null;
        }

        /// <summary>The same lock for who needs nothing of the chat itself.</summary>
        public Task LockAsync(ChatId id) => db.Database.IsNpgsql()
            ? db.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Chats" WHERE "Id" = {id.Value} FOR NO KEY UPDATE""")
            : Task.CompletedTask;

        /// <summary>Of one person's writes one decides at a time: what counts all that a person has.</summary>
        public Task LockAsync(UserId id) => db.Database.IsNpgsql()
            ? db.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Users" WHERE "Id" = {id.Value} FOR NO KEY UPDATE""")
            : Task.CompletedTask;

        /// <summary>Of all nodes' writes of a kind one decides at a time.</summary>
        public Task LockAsync(WriteLock all) => db.Database.IsNpgsql()
            ? db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({(long)all})")
            : Task.CompletedTask;
    }
}

/// <summary>What only one write of all nodes decides at a time. The values are the keys of PostgreSQL's advisory locks.</summary>
internal enum WriteLock : long
{
    SigningKeys = 0x48756243_68617401,

    Administrators = 0x48756243_68617402,

    /// <summary>The last one to be taken: until its write ends no other line is written.</summary>
    Audit = 0x48756243_68617403,
}
