using HubChat.Server.Ids;

namespace HubChat.Server.Chats.Watching;

/// <summary>Cancels a stream when its reader loses access to the chat.</summary>
internal sealed class AccessGuard : ITopicListener, IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly ChatFeed _feed;
    private readonly ChatId _chatId;

    public AccessGuard(ChatFeed feed, ChatId chatId, UserId userId)
    {
        _feed = feed;
        _chatId = chatId;
        UserId = userId;
        feed.Attach(chatId, this);
    }

    public UserId UserId { get; }

    public bool IsPresent => false;

    /// <summary>Cancelled when the access is lost.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Why it was lost; null while it is not.</summary>
    public WatchEnd? Reason { get; private set; }

    public void Offer(ChatUpdate update)
    {
    }

    public void Refresh()
    {
    }

    public void Close(WatchEnd reason)
    {
        Reason = reason;
        _lost.Cancel();
    }

    // The source stays undisposed: a round that has begun may still close this guard. Without a timer it holds nothing.
    public void Dispose() => _feed.Detach(_chatId, this);
}
