using System.Diagnostics.Metrics;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Generations;
using HubChat.Server.Realtime;
using HubChat.Server.Redis;

namespace HubChat.Server.Hosting;

/// <summary>What can be looked at of this node, for whoever measures it; while nobody does, it is not looked at.</summary>
internal sealed partial class NodeGauges : BackgroundService
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(10);

    private readonly IGenerationStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeGauges> _logger;
    private readonly ObservableUpDownCounter<long> _waiting;
    private long _waitingCount;

    public NodeGauges(
        IMeterFactory meters, ChatConnections connections, ChatFeed feed, MemoryDeltaLog logs, GenerationWorker worker, IServiceProvider services,
        IGenerationStore store, TimeProvider time, ILogger<NodeGauges> logger)
    {
        (_store, _time, _logger) = (store, time, logger);
        var meter = meters.Create(HubTelemetry.Name);
        Add("hubchat.hub.connections", "{connection}", "Hub connections of this node.", () => connections.All.Count);
        Add("hubchat.watch.chats", "{chat}", "Chats that somebody watches at this node.", () => feed.Topics.Count(topic => topic.Listeners.Any(listener => listener.IsPresent)));
        Add("hubchat.outbox.size", "By", "What waits for connections that do not take it.", () => connections.All.Sum(connection => connection.WaitingBytes));
        Add("hubchat.outbox.entries", "{entry}", "Entries that wait for connections.", () => connections.All.Sum(connection => connection.WaitingEntries));
        Add("hubchat.reply.running", "{reply}", "Replies that this node writes.", () => worker.RunningCount);
        Add("hubchat.delta_log.logs", "{log}", "Replies whose text this node holds in memory.", () => logs.Count);
        _waiting = Add("hubchat.reply.waiting", "{reply}", "Replies that wait, at all nodes together.", () => Interlocked.Read(ref _waitingCount));
        if (services.GetService<RedisConnection>() is { } redis)
        {
            meter.CreateObservableGauge("hubchat.redis.available", () => redis.IsAvailable ? 1 : 0, unit: null, "1 while Redis can be used, else 0.");
        }

        ObservableUpDownCounter<long> Add(string name, string unit, string description, Func<long> look) =>
            meter.CreateObservableUpDownCounter(name, look, unit, description);
    }

    /// <summary>Counts what is not in memory.</summary>
    public async Task CountAsync(CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _waitingCount, await _store.CountWaitingAsync(cancellationToken));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CountInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (_waiting.Enabled)
                {
                    await CountAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogCountFailed(exception);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Waiting replies could not be counted")]
    private partial void LogCountFailed(Exception exception);
}
