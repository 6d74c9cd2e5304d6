using HubChat.Server.Identity;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>Closes connections whose session has ended, and those that take nothing.</summary>
internal sealed partial class HubMonitor(
    ChatConnections connections, SessionService sessions, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<HubMonitor> logger)
    : BackgroundService
{
    private const int EndedAtOnce = 64;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Also how an ended session of another node is noticed: within half a minute.
    private static readonly TimeSpan SessionCheck = TimeSpan.FromSeconds(15);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(EndAsync(stoppingToken), WatchAsync(stoppingToken));

    /// <summary>Many at a time: one that reads nothing takes half a second to be let go.</summary>
    private Task EndAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        connections.Ending.ReadAllAsync(cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = EndedAtOnce, CancellationToken = cancellationToken },
        async (ending, _) => await ending.Connection.EndAsync(ending.Reason, time));

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var lastCheck = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var isCheck = time.GetElapsedTime(lastCheck) >= SessionCheck;
            lastCheck = isCheck ? time.GetTimestamp() : lastCheck;
            foreach (var connection in connections.All)
            {
                try
                {
                    await CheckAsync(connection, isCheck, cancellationToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    LogCheckFailed(exception);
                }
            }
        }
    }

    private async Task CheckAsync(ChatConnection connection, bool isCheck, CancellationToken cancellationToken)
    {
        if (connection.PendingFor > options.Value.StalledAfter)
        {
            LogStalled(connection.User.Id.Value);
            connection.AbortSlow();
            return;
        }

        // A connection in use keeps its session alive; one that expires is asked once more before it is closed.
        if (isCheck || connection.IsOutdated || connection.User.SessionExpiresAt <= time.GetUtcNow())
        {
            // Before the look-up: what changes during it is looked up again.
            connection.IsOutdated = false;
            if (await sessions.AuthenticateAsync(connection.Session.TokenHash, cancellationToken) is { } user)
            {
                connection.User = user;
            }
            else
            {
                connections.End(connection, SessionEnd.Expired);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "A connection of user {UserId} takes nothing and is closed")]
    private partial void LogStalled(Guid userId);

    [LoggerMessage(LogLevel.Warning, "A connection could not be checked")]
    private partial void LogCheckFailed(Exception exception);
}
