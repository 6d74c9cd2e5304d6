using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// Compares what was announced with what is stored: soon when an event is missing in between, and regularly because the missing one may
/// be the last. Watchers are told the newest number, so that they can do the same.
/// </summary>
internal sealed partial class FeedMonitor(
    ChatFeed feed, IChatLog log, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<FeedMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan GapCheckInterval = TimeSpan.FromMilliseconds(250);
    private const int RepairPage = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(GapCheckInterval, time);
        var lastTailCheck = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var isTailCheck = time.GetElapsedTime(lastTailCheck) >= options.Value.TailCheckInterval;
                if (isTailCheck)
                {
                    lastTailCheck = time.GetTimestamp();
                    await CheckTailsAsync(stoppingToken);
                }
                else
                {
                    await RepairGapsAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The database may be away; the next tick tries again.
                LogCheckFailed(exception);
            }
        }
    }

    /// <summary>Brings every followed chat up to the log and tells its watchers how far that is.</summary>
    public async Task CheckTailsAsync(CancellationToken cancellationToken)
    {
        feed.Tidy();
        var topics = feed.Topics.ToList();
        if (topics.Count == 0)
        {
            return;
        }

        var tops = await log.GetTopsAsync([.. topics.Select(topic => topic.ChatId)], cancellationToken);
        foreach (var topic in topics)
        {
            if (!tops.TryGetValue(topic.ChatId, out var top))
            {
                continue;
            }

            if (topic.LastSeq is { } last && last < top)
            {
                await RepairAsync(topic, last, cancellationToken);
            }

            topic.StartAt(top);
            topic.Offer(new TopUpdate(topic.ChatId, topic.LastSeq ?? top));
        }
    }

    private async Task RepairGapsAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in feed.Topics)
        {
            if (topic is { HasGap: true, LastSeq: { } last })
            {
                await RepairAsync(topic, last, cancellationToken);
            }
        }
    }

    private async Task RepairAsync(ChatTopic topic, long lastSeq, CancellationToken cancellationToken)
    {
        var missing = await log.ReadAsync(topic.ChatId, lastSeq, RepairPage, cancellationToken);
        if (missing.Count > 0)
        {
            LogRepaired(missing.Count, topic.ChatId.Value);
            feed.Publish(missing);
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Count} events of chat {ChatId} were stored but not announced; announced now")]
    private partial void LogRepaired(int count, Guid chatId);

    [LoggerMessage(LogLevel.Warning, "Announced and stored events could not be compared")]
    private partial void LogCheckFailed(Exception exception);
}
