using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// What nodes tell each other. A hint: a message may be lost, doubled or late, and whoever is told looks into the log. A node hears of
/// the chats that it follows, and of what concerns all.
/// </summary>
internal interface IBackplane
{
    /// <summary>Something was said by another node. Messages about one chat come in the order in which they were said.</summary>
    event Action<BackplaneMessage>? Received;

    /// <summary>Messages may have been lost until now; from now on they come.</summary>
    event Action? Returned;

    /// <summary>Whether others hear now what is said here. True where there are no others.</summary>
    bool IsConnected { get; }

    /// <summary>Says something; it is not waited for.</summary>
    void Publish(BackplaneMessage message);

    /// <summary>Listens to what is said about a chat. Completes when nothing is missed any more, or cannot be heard at all.</summary>
    Task FollowAsync(ChatId chatId);

    void Unfollow(ChatId chatId);
}
