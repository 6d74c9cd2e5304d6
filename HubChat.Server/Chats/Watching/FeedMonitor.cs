using System.Collections.Concurrent;
using System.Threading.Channels;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// Compares what was announced with what is stored: soon when an event is missing in between, and regularly because the missing one may
/// be the last. Watchers are told the newest number, so that they can do the same.
/// </summary>
internal sealed partial class FeedMonitor(
    ChatFeed feed, IChatLog log, IBackplane backplane, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<FeedMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan GapCheckInterval = TimeSpan.FromMilliseconds(250);

    // While other nodes cannot be heard, what is said there is only found so: it must not take long, and costs one question to the database.
    private static readonly TimeSpan DeafCheckInterval = TimeSpan.FromSeconds(1);
    private const int RepairPage = 500;
    private const int RepairsAtOnce = 8;
    private readonly ConcurrentDictionary<ChatId, long> _hints = new();
    private readonly Channel<ChatId> _hinted = Channel.CreateUnbounded<ChatId>();
    private volatile bool _isCheckDue;

    /// <summary>Another node says that a chat has come to this number. Who follows it here is told what that is.</summary>
    public void Hint(ChatId chatId, long seq)
    {
        if (!feed.TryGetTopic(chatId, out _))
        {
            return;
        }

        // In the queue stands each chat once.
        var isNew = false;
        _hints.AddOrUpdate(chatId, _ => Add(seq), (_, known) => Math.Max(known, seq));
        if (isNew)
        {
            _hinted.Writer.TryWrite(chatId);
        }

        long Add(long first)
        {
            isNew = true;
            return first;
        }
    }

    /// <summary>Has everything compared with the next tick: announcements may have been lost.</summary>
    public void CheckSoon() => _isCheckDue = true;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(CheckAsync(stoppingToken), FollowHintsAsync(stoppingToken));

    private TimeSpan TailCheckInterval =>
        backplane.IsConnected || options.Value.TailCheckInterval < DeafCheckInterval ? options.Value.TailCheckInterval : DeafCheckInterval;

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(GapCheckInterval, time);
        var lastTailCheck = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var isTailCheck = _isCheckDue || time.GetElapsedTime(lastTailCheck) >= TailCheckInterval;
                if (isTailCheck)
                {
                    _isCheckDue = false;
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

        var tops = await FindTopsAsync(topics, cancellationToken);
        var degraded = ServerState.Without(database: tops is null, redis: !backplane.IsConnected) is { Count: > 0 } missing ? missing : null;
        if (tops is null)
        {
            // Watchers are told what is known here: that the server still lives, and what it has to do without.
            foreach (var topic in topics.Where(topic => topic.LastSeq is not null))
            {
                topic.Offer(new TopUpdate(topic.ChatId, topic.LastSeq!.Value, degraded));
            }

            return;
        }

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
            topic.Offer(new TopUpdate(topic.ChatId, topic.LastSeq ?? top, degraded));
        }
    }

    private async Task<IReadOnlyDictionary<ChatId, long>?> FindTopsAsync(List<ChatTopic> topics, CancellationToken cancellationToken)
    {
        try
        {
            return await log.GetTopsAsync([.. topics.Select(topic => topic.ChatId)], cancellationToken);
        }
        catch (Exception exception) when (DatabaseFailures.Translate(exception) is not null)
        {
            LogCheckFailed(exception);
            return null;
        }
    }

    private Task FollowHintsAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        _hinted.Reader.ReadAllAsync(cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = RepairsAtOnce, CancellationToken = cancellationToken },
        FollowHintAsync);

    private async ValueTask FollowHintAsync(ChatId chatId, CancellationToken cancellationToken)
    {
        if (!_hints.TryRemove(chatId, out var seq) || !feed.TryGetTopic(chatId, out var topic))
        {
            return;
        }

        try
        {
            topic.StartAt(seq - 1);
            if (topic.LastSeq is { } last && last < seq)
            {
                await RepairAsync(topic, last, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The next comparison finds it.
            LogCheckFailed(exception);
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
            feed.Announce(missing);
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Count} events of chat {ChatId} were stored but not announced; announced now")]
    private partial void LogRepaired(int count, Guid chatId);

    [LoggerMessage(LogLevel.Warning, "Announced and stored events could not be compared")]
    private partial void LogCheckFailed(Exception exception);
}
