using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>The log as the server itself reads it, to repair what was announced out of order or not at all. Doors have no use for it.</summary>
internal interface IChatLog
{
    Task<IReadOnlyList<ChatEventView>> ReadAsync(ChatId chatId, long afterSeq, int max, CancellationToken cancellationToken);

    /// <summary>The newest number of each chat; a chat that is gone is missing.</summary>
    Task<IReadOnlyDictionary<ChatId, long>> GetTopsAsync(IReadOnlyCollection<ChatId> chats, CancellationToken cancellationToken);
}
