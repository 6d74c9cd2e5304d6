using System.Collections.Concurrent;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>
/// Runs the replies that wait. Told of a new one by the feed, it also looks by itself: what it was not told of is found all the same.
/// </summary>
internal sealed partial class GenerationWorker : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan EndsItselfWithin = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<GenerationId, RunningReply> _running = new();
    private readonly ConcurrentQueue<(GenerationId Id, long SinceAt)> _endedElsewhere = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IGenerationStore _store;
    private readonly ReplyCompletion _completion;
    private readonly ReplyRunner _runner;
    private readonly OrphanSweep _sweep;
    private readonly ReplyReader _reader;
    private readonly UsageLimits _limits;
    private readonly GenerationOptions _options;
    private readonly ServerState _server;
    private readonly ChatFeed _feed;
    private readonly NodeIdentity _node;
    private readonly TimeProvider _time;
    private readonly ILogger<GenerationWorker> _logger;
    private int _places;

    public GenerationWorker(
        IGenerationStore store, ReplyCompletion completion, ReplyRunner runner, OrphanSweep sweep, ReplyReader reader, UsageLimits limits,
        ChatFeed feed, IBackplane backplane, ServerState server, NodeIdentity node, IOptions<GenerationOptions> options, TimeProvider time,
        ILogger<GenerationWorker> logger)
    {
        (_store, _completion, _runner, _sweep, _reader, _limits, _server, _options, _logger) =
            (store, completion, runner, sweep, reader, limits, server, options.Value, logger);
        (_feed, _node, _time) = (feed, node, time);
        feed.Published += chatEvent =>
        {
            if (chatEvent is { Type: ChatEventType.MessageDeleted, Event.MessageId: { } deleted })
            {
                StopWhere(generation => generation.MessageId == deleted);
            }

            if (chatEvent is { Type: ChatEventType.GenerationCompleted, Event.GenerationId: { } ended } && !_running.ContainsKey(ended))
            {
                _endedElsewhere.Enqueue((ended, time.GetTimestamp()));
            }

            if (chatEvent.Type is ChatEventType.GenerationQueued or ChatEventType.GenerationCompleted)
            {
                Wake();
            }
        };
        feed.Deleted += chatId => StopWhere(generation => generation.ChatId == chatId);
        backplane.Received += message =>
        {
            switch (message)
            {
                case StopWished wish:
                    Stop(wish.Generation);
                    break;
                case WorkWaits:
                    Wake();
                    break;
            }
        };
    }

    /// <summary>How many replies run here.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Stops a reply if it runs here; what is durable about it has been written already.</summary>
    public bool Stop(GenerationId id)
    {
        if (_running.TryGetValue(id, out var running))
        {
            running.Stop();
            return true;
        }

        return false;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anybody is served: no reply may look alive that nobody writes.
        await _sweep.CloseAsync(cancellationToken);
        _server.Swept();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Gives the running replies back, so that the next server begins them anew at once. This comes before the listener stops: a
    /// connection that is slow to close must not eat the time that the replies need.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _server.Drain();
        await _stopping.CancelAsync();
        await AllEndedAsync(cancellationToken);
    }

    /// <summary>What was being claimed when that began is given back too.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await AllEndedAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        base.Dispose();
        _stopping.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Somebody waits for the first word; everything else can come after it.
                await ClaimAsync(stoppingToken);
                await EndWaitingAsync(stoppingToken);
                await StopUnwantedAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The database may be away; what waits is still there when it comes back.
                LogSweepFailed(exception);
            }

            await _wake.WaitAsync(_options.SweepInterval, stoppingToken);
        }
    }

    /// <summary>
    /// Whoever writes a reply ends its log itself, a moment after the event that says so; only when it does not, or cannot because it never
    /// began, those who wait are told here.
    /// </summary>
    private async Task EndWaitingAsync(CancellationToken cancellationToken)
    {
        for (var left = _endedElsewhere.Count; left > 0 && _endedElsewhere.TryDequeue(out var ended); left--)
        {
            if (_time.GetElapsedTime(ended.SinceAt) >= EndsItselfWithin || await _store.FindAsync(ended.Id, cancellationToken) is { Attempt: 0 })
            {
                await _reader.EndWaitingAsync(ended.Id, cancellationToken);
            }
            else
            {
                _endedElsewhere.Enqueue(ended);
            }
        }
    }

    private Task AllEndedAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_running.Values.Select(running => running.Task)).WaitAsync(cancellationToken);

    private async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (_server.IsDraining || _running.Count >= _options.MaxRunning)
        {
            return;
        }

        var waiting = await _store.FindClaimableAsync(_options.MaxRunning, cancellationToken);
        await Parallel.ForEachAsync(
            waiting, GenerationOptions.ManyAtOnce(cancellationToken), async (generation, _) => await ClaimAsync(generation, cancellationToken));
    }

    private async Task ClaimAsync(Generation waiting, CancellationToken cancellationToken)
    {
        if (_server.IsDraining || _running.ContainsKey(waiting.Id) || !TakePlace())
        {
            return;
        }

        UsageLease? lease = null;
        var isStarted = false;
        try
        {
            lease = await _limits.TryRunAsync(waiting.Subject, cancellationToken);
            if (lease is not null && await _completion.ClaimAsync(waiting, _node.Id, cancellationToken) is { } claimed)
            {
                Start(claimed, lease);
                isStarted = true;
            }
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            // The chat was deleted in between.
        }
        finally
        {
            if (!isStarted)
            {
                LeavePlace();
                await (lease?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }
    }

    /// <summary>Several are claimed at once, and none too many.</summary>
    private bool TakePlace()
    {
        if (Interlocked.Increment(ref _places) <= _options.MaxRunning)
        {
            return true;
        }

        LeavePlace();
        return false;
    }

    private void LeavePlace() => Interlocked.Decrement(ref _places);

    private void Start(ClaimedReply claimed, UsageLease lease)
    {
        var running = new RunningReply(claimed.Generation, lease, _stopping.Token);
        _running[claimed.Generation.Id] = running;

        // What other nodes wish about it is heard here.
        _feed.Attach(claimed.Generation.ChatId, running);
        running.Task = RunAsync(claimed, running);
    }

    private async Task RunAsync(ClaimedReply claimed, RunningReply running)
    {
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await _runner.RunAsync(claimed, running);
        }
        catch (Exception exception) when (exception is StaleEpochException or ChatException { Error: ChatError.NotFound })
        {
            LogLost(claimed.Generation.Id.Value);
        }
        catch (Exception exception)
        {
            // The reply stays claimed until its lease ends, then the sweep takes it.
            LogRunFailed(exception, claimed.Generation.Id.Value);
        }
        finally
        {
            _running.TryRemove(claimed.Generation.Id, out _);
            LeavePlace();
            _feed.Detach(claimed.Generation.ChatId, running);
            await running.DisposeAsync();
            Wake();
        }
    }

    /// <summary>A wish to stop may come from another node, and an owner may die while this server lives.</summary>
    private async Task StopUnwantedAsync(CancellationToken cancellationToken)
    {
        if (!_running.IsEmpty)
        {
            foreach (var id in await _store.FindStopRequestedAsync(_node.Id, cancellationToken))
            {
                Stop(id);
            }
        }

        await _sweep.TakeOverAsync([.. _running.Keys], cancellationToken);
    }

    private void StopWhere(Func<Generation, bool> condition)
    {
        foreach (var running in _running.Values.Where(running => condition(running.Generation)))
        {
            running.Stop();
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
        catch (ObjectDisposedException)
        {
            // The server has ended.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking for waiting replies failed; trying again")]
    private partial void LogSweepFailed(Exception exception);

    [LoggerMessage(LogLevel.Information, "Generation {GenerationId} was taken over or deleted; this attempt ends without a trace")]
    private partial void LogLost(Guid generationId);

    [LoggerMessage(LogLevel.Error, "Generation {GenerationId} could not be ended")]
    private partial void LogRunFailed(Exception exception, Guid generationId);
}
