using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>
/// Told of each change when it is durable, and before whoever made it is answered or anybody else hears of it. What is stored must be
/// announced: a listener fails nobody.
/// </summary>
internal interface IChatListener
{
    /// <summary>Something of a chat has changed.</summary>
    Task OnChangedAsync(ChatId chatId, IReadOnlyList<ChatEventView> events);

    /// <summary>A chat is gone.</summary>
    /// <param name="chatId">The chat.</param>
    /// <param name="people">Who was in it.</param>
    Task OnDeletedAsync(ChatId chatId, IReadOnlyList<UserId> people);

    /// <summary>Somebody has pinned or archived a chat, or taken that back.</summary>
    Task OnMarkedAsync(ChatId chatId, UserId user);
}
