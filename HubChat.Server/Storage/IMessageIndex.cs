using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Server.Text;

namespace HubChat.Server.Storage;

/// <summary>The database's index of words. What it finds is not yet what somebody may read.</summary>
internal interface IMessageIndex
{
    /// <summary>Messages in which all words stand, the last one perhaps only as the beginning of a word.</summary>
    /// <param name="db">The database.</param>
    /// <param name="words">At least one, made by <see cref="SearchWords"/>.</param>
    /// <param name="near">Chats to look in; none for all of them.</param>
    IQueryable<Message> Find(ChatDbContext db, IReadOnlyList<SearchWord> words, IReadOnlyCollection<ChatId> near);
}
