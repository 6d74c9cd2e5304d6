using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

/// <summary>Cancels what a session has opened when the session ends: at once when it is ended here, within moments when it is elsewhere.</summary>
internal sealed class SessionGuard : IDisposable
{
    // Also how the end of a session at another node is noticed: within half a minute.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _lost = new();
    private readonly SessionService _sessions;
    private readonly TimeProvider _time;
    private readonly byte[] _tokenHash;
    private readonly SessionId _id;
    private readonly ITimer _timer;

    public SessionGuard(SessionService sessions, SessionIdentity identity, TimeProvider time)
    {
        (_sessions, _time, _tokenHash, _id) = (sessions, time, identity.TokenHash, identity.User.SessionId);
        _timer = time.CreateTimer(_ => Check(), state: null, UntilCheck(identity.User), Timeout.InfiniteTimeSpan);
        sessions.Ended += End;
    }

    /// <summary>Cancelled when the session has ended.</summary>
    public CancellationToken Lost => _lost.Token;

    // The source stays undisposed: a check that has begun may still cancel it. Without a timer it holds nothing.
    public void Dispose()
    {
        _sessions.Ended -= End;
        _timer.Dispose();
    }

    private void End(IReadOnlyCollection<SessionId> ended, SessionEnd reason)
    {
        if (ended.Contains(_id))
        {
            _lost.Cancel();
        }
    }

    private void Check() => _sessions.AuthenticateAsync(_tokenHash, CancellationToken.None).ContinueWith(
        checking =>
        {
            // A database that cannot be asked has ended nobody's session.
            if (checking is { IsCompletedSuccessfully: true, Result: null })
            {
                _lost.Cancel();
                return;
            }

            try
            {
                _timer.Change(checking.IsCompletedSuccessfully ? UntilCheck(checking.Result!) : CheckInterval, Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                // Whatever was guarded is over.
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    private TimeSpan UntilCheck(CurrentUser user)
    {
        var left = user.SessionExpiresAt - _time.GetUtcNow();
        return left < CheckInterval ? (left > Soon ? left.Value : Soon) : CheckInterval;
    }
}
