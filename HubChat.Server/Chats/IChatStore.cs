using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;

namespace HubChat.Server.Chats;

/// <summary>Where chats are kept. Every answer of a change means that it is durable.</summary>
internal interface IChatStore
{
    /// <summary>Runs a change for somebody, checked in the transaction that writes it.</summary>
    /// <exception cref="ChatException">The operation is not allowed, or the change refuses; nothing is stored then.</exception>
    Task<ChatChange<T>> ChangeAsync<T>(
        ChatId chatId, CurrentUser user, ChatOperation operation, Func<IChatTransaction, ChatGrant, Task<T>> change, CancellationToken cancellationToken);

    /// <summary>Runs a change of the server's own, such as the end of a reply.</summary>
    /// <exception cref="ChatException">NotFound when the chat is gone.</exception>
    Task<ChatChange<T>> ChangeAsync<T>(ChatId chatId, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken);

    Task<ChatChange<T>> CreateAsync<T>(Chat chat, int maxOwned, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken);

    /// <summary>Deletes a chat with everything in it.</summary>
    Task<DeletedChat> DeleteAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken);

    Task<ChatGrant> AuthorizeAsync(ChatId chatId, CurrentUser user, ChatOperation operation, CancellationToken cancellationToken);

    /// <summary>Who is in a chat.</summary>
    Task<IReadOnlyList<UserId>> GetParticipantIdsAsync(ChatId chatId, CancellationToken cancellationToken);

    Task<ChatView> GetChatAsync(ChatGrant grant, CancellationToken cancellationToken);

    Task<ChatSnapshot> GetSnapshotAsync(ChatGrant grant, int messages, CancellationToken cancellationToken);

    /// <summary>The newest messages, the oldest of them first.</summary>
    /// <param name="grant">The chat.</param>
    /// <param name="messages">How many at most.</param>
    /// <param name="length">UTF-16 units of their texts at most, but one message in any case.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ChatHistory> GetHistoryAsync(ChatGrant grant, int messages, long length, CancellationToken cancellationToken);

    /// <summary>What waits or runs in a chat, in the order of its turn.</summary>
    Task<IReadOnlyList<ActiveGeneration>> GetActiveGenerationsAsync(ChatGrant grant, CancellationToken cancellationToken);

    /// <summary>The events after <paramref name="afterSeq"/>; null when there are more than <paramref name="max"/>, or the chat has not come so far.</summary>
    Task<EventPage?> GetEventsAsync(ChatGrant grant, long afterSeq, int max, CancellationToken cancellationToken);

    /// <summary>Those of some generations that are this chat's: a reader may name any.</summary>
    Task<IReadOnlyList<GenerationId>> GetOwnGenerationsAsync(
        ChatGrant grant, IReadOnlyCollection<GenerationId> generations, CancellationToken cancellationToken);

    Task<MessagePage> GetMessagesAsync(ChatGrant grant, GetMessages query, CancellationToken cancellationToken);

    /// <summary>The newest message that was not deleted.</summary>
    Task<Message?> FindNewestMessageAsync(ChatGrant grant, CancellationToken cancellationToken);

    /// <summary>A message by the id that its door gave it, or by our own.</summary>
    Task<Message?> FindMessageAsync(ChatGrant grant, string id, CancellationToken cancellationToken);

    Task<ChatPage> ListAsync(ListChats query, CurrentUser user, CancellationToken cancellationToken);

    /// <summary>A page of somebody's chats, counted from the first.</summary>
    Task<ChatListing> ListAsync(ListChatPage query, CurrentUser user, CancellationToken cancellationToken);

    /// <summary>Messages that somebody may read and in which all words stand, newest first.</summary>
    /// <exception cref="ChatException">NotFound when a chat is named that the caller is not in.</exception>
    Task<IReadOnlyList<FoundMessage>> SearchAsync(
        SearchMessages query, IReadOnlyList<SearchWord> words, CurrentUser user, int max, CancellationToken cancellationToken);

    /// <summary>The line of one chat in the lists of some of its participants.</summary>
    Task<IReadOnlyDictionary<UserId, ChatSummary>> GetSummariesAsync(
        ChatId chatId, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken);

    /// <summary>What was done under a key, however long ago; null when nothing is kept.</summary>
    Task<KeptRequest?> FindRequestAsync(UserId user, string key, CancellationToken cancellationToken);

    /// <summary>The ids of all chats this person is in, with the role.</summary>
    Task<IReadOnlyList<(ChatId ChatId, ParticipantRole Role)>> GetMembershipsAsync(UserId user, CancellationToken cancellationToken);
}

/// <summary>A change that is stored.</summary>
/// <param name="Value">What it answers.</param>
/// <param name="Events">The events to announce.</param>
/// <param name="Erased">The generations whose text was deleted and must not be shown any more.</param>
internal sealed record ChatChange<T>(T Value, IReadOnlyList<ChatEventView> Events, IReadOnlyList<Generation> Erased);

/// <param name="Messages">Those there are.</param>
/// <param name="IsAnswering">Whether a reply waits or runs.</param>
internal sealed record ChatHistory(IReadOnlyList<MessageView> Messages, bool IsAnswering);

/// <summary>What is left to be done for a chat that is gone.</summary>
/// <param name="People">Who was in it.</param>
/// <param name="Active">The generations that waited or ran.</param>
internal sealed record DeletedChat(IReadOnlyList<UserId> People, IReadOnlyList<Generation> Active);
