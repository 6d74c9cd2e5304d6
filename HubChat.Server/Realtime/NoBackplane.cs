using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>There is one node.</summary>
internal sealed class NoBackplane : IBackplane
{
    public event Action<BackplaneMessage>? Received
    {
        add { }
        remove { }
    }

    public event Action? Returned
    {
        add { }
        remove { }
    }

    public bool IsConnected => true;

    public void Publish(BackplaneMessage message)
    {
    }

    public Task FollowAsync(ChatId chatId) => Task.CompletedTask;

    public void Unfollow(ChatId chatId)
    {
    }
}
