using HubChat.Server.Ids;

namespace HubChat.Server.Chats.Watching;

/// <summary>Somebody who follows a chat on this node.</summary>
internal interface ITopicListener
{
    UserId UserId { get; }

    /// <summary>Whether following counts as being here.</summary>
    bool IsPresent { get; }

    /// <summary>Takes an update. Must not wait.</summary>
    void Offer(ChatUpdate update);

    /// <summary>Must read from its position: updates were dropped for everybody.</summary>
    void Refresh();

    /// <summary>The listener may follow no longer; it has been detached.</summary>
    void Close(WatchEnd reason);
}
