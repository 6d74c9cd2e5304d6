using HubChat.Server.Identity;
using HubChat.Server.Realtime;

namespace HubChat.Server.Hosting;

/// <summary>
/// Tells the other nodes at once of sessions that have ended and of people who are not as before, and this one of theirs. What is not heard
/// is noticed all the same, when what is remembered of a session has to be looked up again.
/// </summary>
internal sealed class SessionRelay(IBackplane backplane, SessionService sessions) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        sessions.EndedHere += (ended, reason) => backplane.Publish(new SessionsEnded([.. ended], reason.ToString()));
        sessions.ChangedHere += user => backplane.Publish(new PersonChanged(user));
        backplane.Received += OnReceived;

        // What ended while nobody could be heard is not known.
        backplane.Returned += sessions.Forget;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void OnReceived(BackplaneMessage message)
    {
        switch (message)
        {
            case SessionsEnded ended when Enum.TryParse<SessionEnd>(ended.Reason, out var reason):
                sessions.HearEnded(ended.Sessions, reason);
                break;
            case PersonChanged changed:
                sessions.HearChanged(changed.User);
                break;
        }
    }
}
