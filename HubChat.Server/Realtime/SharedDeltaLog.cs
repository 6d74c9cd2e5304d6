using System.Runtime.CompilerServices;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// The delta log of many nodes. Each keeps in memory the replies that it writes and those that somebody follows there; between nodes
/// entries go through Redis, into a stream that keeps them and to those that follow the chat.
/// </summary>
internal sealed partial class SharedDeltaLog : BackgroundService, IDeltaLog
{
    // In checks: ten seconds.
    private const int ForgetEvery = 40;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    private readonly MemoryDeltaLog _local;
    private readonly DeltaStream _stream;
    private readonly WrittenReplies _written;
    private readonly FollowedReplies _followed;
    private readonly TimeProvider _time;
    private readonly ILogger<SharedDeltaLog> _logger;

    public SharedDeltaLog(
        MemoryDeltaLog local, DeltaStream stream, IBackplane backplane, IAttemptFence fence, TimeProvider time, ILogger<SharedDeltaLog> logger)
    {
        (_local, _stream, _time, _logger) = (local, stream, time, logger);
        _written = new WrittenReplies(local, stream, fence, time);
        _followed = new FollowedReplies(local, stream, _written, time);
        backplane.Received += message =>
        {
            if (message is EntriesAppended appended)
            {
                _followed.OnAppended(appended);
            }
        };
    }

    public event Action<ReplyOrigin, Delta>? Arrived
    {
        add => _followed.Arrived += value;
        remove => _followed.Arrived -= value;
    }

    public async ValueTask<DeltaReset> OpenAsync(ReplyOrigin reply, long epoch, string text, CancellationToken cancellationToken)
    {
        var opened = await _local.OpenAsync(reply, epoch, text, cancellationToken);
        await _written.BeginAsync(reply, epoch);
        return opened;
    }

    public async ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken)
    {
        await _written.ShareTextAsync(id, epoch, text, cancellationToken);
        return await _local.AppendAsync(id, epoch, text, cancellationToken);
    }

    public async ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        await _written.ShareAsync(id, epoch, new EndedEntry(end));
        return await _local.SealAsync(id, epoch, end, cancellationToken);
    }

    public async ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken)
    {
        await _written.ShareAsync(id, epoch, new ClosedEntry(title));
        await _local.CloseAsync(id, epoch, title, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Delta>> EraseAsync(ReplyOrigin reply, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        // It may have been written elsewhere, and further than is known here.
        await _followed.RefreshAsync(reply.GenerationId);
        var told = await _local.EraseAsync(reply, epoch, end, cancellationToken);
        try
        {
            await _written.BeginAsync(reply, _local.Find(reply.GenerationId)!.Head.Epoch);
        }
        catch (StaleEpochException)
        {
            // An attempt that began meanwhile. It finds its message deleted and ends; what it has shown goes now.
            await _followed.RefreshAsync(reply.GenerationId);
            return await EraseAsync(reply, _local.Find(reply.GenerationId)!.Head.Epoch + 1, end, cancellationToken);
        }

        return told;
    }

    public async ValueTask EndAsync(ReplyOrigin reply, long epoch, string text, DeltaEnd end, CancellationToken cancellationToken)
    {
        await _followed.RefreshAsync(reply.GenerationId);
        if (_local.Find(reply.GenerationId)?.SealedAt is not null)
        {
            return;
        }

        try
        {
            await _local.EndAsync(reply, epoch, text, end, cancellationToken);
            if (_local.Find(reply.GenerationId)?.Head.Epoch == epoch)
            {
                await _written.BeginAsync(reply, epoch);
            }
        }
        catch (StaleEpochException)
        {
            // Somebody else has begun another attempt, or ended it, and tells so.
        }
    }

    public async ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken)
    {
        await _followed.RefreshAsync(id);
        return await _local.ReadAsync(id, from, cancellationToken);
    }

    public async IAsyncEnumerable<Delta> FollowAsync(
        GenerationId id, StreamPosition from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _followed.RefreshAsync(id);
        await foreach (var delta in _local.FollowAsync(id, from, cancellationToken))
        {
            yield return delta;
        }
    }

    public async ValueTask<EntryRead?> ReadEntriesAsync(
        GenerationId id, long epoch, long afterNumber, int max, CancellationToken cancellationToken)
    {
        var read = await _local.ReadEntriesAsync(id, epoch, afterNumber, max, cancellationToken);
        if (afterNumber == 0 || read is null || (read.Entries.Count == 0 && !read.IsClosed))
        {
            await _followed.RefreshAsync(id);
            read = await _local.ReadEntriesAsync(id, epoch, afterNumber, max, cancellationToken);
        }

        return read;
    }

    public async Task WaitForEntryAsync(GenerationId id, long epoch, long afterNumber, CancellationToken cancellationToken)
    {
        var waiting = _local.WaitForEntryAsync(id, epoch, afterNumber, cancellationToken);
        if (!waiting.IsCompleted)
        {
            await _followed.RefreshAsync(id);
        }

        await waiting;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, _time);
        var ticks = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (++ticks % ForgetEvery == 0)
                {
                    _local.Forget();
                }

                if (_stream.IsAvailable)
                {
                    await Task.WhenAll(_written.Incomplete.Select(CompleteAsync));
                    await Task.WhenAll(_followed.TakeSilent().Select(_followed.RefreshAsync));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogCheckFailed(exception);
            }
        }
    }

    private async Task CompleteAsync(GenerationId id)
    {
        try
        {
            await _written.CompleteAsync(id);
        }
        catch (StaleEpochException)
        {
            // Whoever writes it is told when it adds something.
            await _followed.RefreshAsync(id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Delta logs could not be compared with those of other nodes")]
    private partial void LogCheckFailed(Exception exception);
}
