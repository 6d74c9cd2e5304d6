using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HubChat.Server.Diagnostics;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// The delta log of many nodes. Each keeps in memory the replies that it writes and those that somebody follows there; between nodes
/// entries go through Redis, into a stream that keeps them and to those that follow the chat. Who writes a reply has all of its log: when
/// Redis was away, has lost everything or has gone back in time, what it lacks is put there again, the same entries under the same
/// numbers, and no reader notices.
/// </summary>
internal sealed partial class SharedDeltaLog : BackgroundService, IDeltaLog
{
    // So many entries go to Redis in one step.
    private const int AtOnce = 256;

    // In checks: ten seconds.
    private const int ForgetEvery = 40;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    // So long an attempt that Redis has accepted is believed to be the one that writes, while Redis cannot be asked. Much less than a lease:
    // who was frozen for longer than one has to ask.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    // A reply of which nothing was heard for so long is looked for: what was said last may have been lost.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<GenerationId, Shared> _own = new();
    private readonly ConcurrentDictionary<GenerationId, Task> _refreshing = new();
    private readonly ConcurrentDictionary<GenerationId, DateTimeOffset> _checkedAt = new();
    private readonly MemoryDeltaLog _local;
    private readonly DeltaStream _stream;
    private readonly IAttemptFence _fence;
    private readonly TimeProvider _time;
    private readonly ILogger<SharedDeltaLog> _logger;

    public SharedDeltaLog(
        MemoryDeltaLog local, DeltaStream stream, IBackplane backplane, IAttemptFence fence, TimeProvider time, ILogger<SharedDeltaLog> logger)
    {
        (_local, _stream, _fence, _time, _logger) = (local, stream, fence, time, logger);
        backplane.Received += message =>
        {
            if (message is EntriesAppended appended)
            {
                OnAppended(appended);
            }
        };
    }

    public event Action<ReplyOrigin, Delta>? Arrived;

    public async ValueTask<DeltaReset> OpenAsync(ReplyOrigin reply, long epoch, string text, CancellationToken cancellationToken)
    {
        var opened = await _local.OpenAsync(reply, epoch, text, cancellationToken);
        await ShareAsync(Own(reply, epoch), next: null);
        return opened;
    }

    public async ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken)
    {
        var (own, isShared) = await ShareAsync(id, epoch, new TextEntry(text));
        if (isShared)
        {
            own.AcceptedAt = _time.GetTimestamp();
        }
        else
        {
            await RequireMayWriteAsync(own, cancellationToken);
        }

        return await _local.AppendAsync(id, epoch, text, cancellationToken);
    }

    public async ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        await ShareAsync(id, epoch, new EndedEntry(end));
        return await _local.SealAsync(id, epoch, end, cancellationToken);
    }

    public async ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken)
    {
        await ShareAsync(id, epoch, new ClosedEntry(title));
        await _local.CloseAsync(id, epoch, title, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Delta>> EraseAsync(ReplyOrigin reply, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        // It may have been written elsewhere, and further than is known here.
        await RefreshAsync(reply.GenerationId);
        var told = await _local.EraseAsync(reply, epoch, end, cancellationToken);
        var erased = Own(reply, _local.Find(reply.GenerationId)!.Head.Epoch);
        try
        {
            await ShareAsync(erased, next: null);
        }
        catch (StaleEpochException)
        {
            // An attempt that began meanwhile. It finds its message deleted and ends; what it has shown goes now.
            await RefreshAsync(reply.GenerationId);
            return await EraseAsync(reply, _local.Find(reply.GenerationId)!.Head.Epoch + 1, end, cancellationToken);
        }

        return told;
    }

    public async ValueTask EndAsync(ReplyOrigin reply, long epoch, string text, DeltaEnd end, CancellationToken cancellationToken)
    {
        await RefreshAsync(reply.GenerationId);
        if (_local.Find(reply.GenerationId)?.SealedAt is not null)
        {
            return;
        }

        try
        {
            await _local.EndAsync(reply, epoch, text, end, cancellationToken);
            if (_local.Find(reply.GenerationId)?.Head.Epoch == epoch)
            {
                await ShareAsync(Own(reply, epoch), next: null);
            }
        }
        catch (StaleEpochException)
        {
            // Somebody else has begun another attempt, or ended it, and tells so.
        }
    }

    public async ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken)
    {
        await RefreshAsync(id);
        return await _local.ReadAsync(id, from, cancellationToken);
    }

    public async IAsyncEnumerable<Delta> FollowAsync(
        GenerationId id, StreamPosition from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RefreshAsync(id);
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
            await RefreshAsync(id);
            read = await _local.ReadEntriesAsync(id, epoch, afterNumber, max, cancellationToken);
        }

        return read;
    }

    public async Task WaitForEntryAsync(GenerationId id, long epoch, long afterNumber, CancellationToken cancellationToken)
    {
        var waiting = _local.WaitForEntryAsync(id, epoch, afterNumber, cancellationToken);
        if (!waiting.IsCompleted)
        {
            await RefreshAsync(id);
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
                    await Task.WhenAll(_own.Values.Where(own => !own.IsComplete).Select(ShareQuietlyAsync));
                    await Task.WhenAll(SilentOnes().Select(RefreshAsync));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogCheckFailed(exception);
            }
        }
    }

    private Shared Own(ReplyOrigin reply, long epoch) => _own[reply.GenerationId] = new Shared(reply, epoch, _time.GetTimestamp());

    /// <summary>
    /// Redis is the fence of every entry. While it cannot be asked the database is, now and then: an attempt that was frozen while another
    /// one took its reply must not show anything when it wakes, whatever its connections look like then.
    /// </summary>
    private async Task RequireMayWriteAsync(Shared own, CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(own.AcceptedAt) < Trust)
        {
            return;
        }

        if (!await _fence.MayWriteAsync(own.Reply.GenerationId, own.Epoch, cancellationToken))
        {
            _own.TryRemove(new KeyValuePair<GenerationId, Shared>(own.Reply.GenerationId, own));
            throw new StaleEpochException();
        }

        own.AcceptedAt = _time.GetTimestamp();
    }

    /// <summary>Others first: what is shown here must be there for whoever changes nodes. Where Redis is away it is shown all the same.</summary>
    private async Task<(Shared Own, bool IsShared)> ShareAsync(GenerationId id, long epoch, LogEntry entry)
    {
        var log = _local.Find(id) ?? throw new StaleEpochException();
        var (next, _) = log.Prepare(epoch, entry);
        if (!_own.TryGetValue(id, out var own) || own.Epoch != epoch)
        {
            // It has been refused before.
            throw new StaleEpochException();
        }

        return (own, await ShareAsync(own, next));
    }

    /// <summary>Gives Redis what it lacks of a reply that is written here; false when it could not be asked.</summary>
    /// <param name="own">The reply.</param>
    /// <param name="next">An entry that is about to be added here.</param>
    /// <exception cref="StaleEpochException">A later attempt has begun somewhere.</exception>
    private async Task<bool> ShareAsync(Shared own, Delta? next)
    {
        await own.Gate.WaitAsync();
        try
        {
            while (await PendingAsync(own, next) is { Count: > 0 } pending)
            {
                var number = await _stream.AppendAsync(
                    own.Reply, own.Epoch, own.Number + 1, [.. pending.Select(delta => LogEntry.Of(delta, own.Reply))]);
                if (number is null)
                {
                    own.IsComplete = false;
                    HubTelemetry.Unshared();
                    return false;
                }

                if (number == DeltaStream.Stale)
                {
                    _own.TryRemove(new KeyValuePair<GenerationId, Shared>(own.Reply.GenerationId, own));
                    throw new StaleEpochException();
                }

                // Less than was sent, when Redis has lost something: then it is sent from there.
                own.Number = number.Value;
            }

            own.IsComplete = true;
            if (_local.Find(own.Reply.GenerationId) is not { } log || (log.Head.IsClosed && log.Head.LastNumber == own.Number))
            {
                _own.TryRemove(new KeyValuePair<GenerationId, Shared>(own.Reply.GenerationId, own));
            }

            return true;
        }
        finally
        {
            own.Gate.Release();
        }
    }

    private async Task<IReadOnlyList<Delta>> PendingAsync(Shared own, Delta? next)
    {
        if (await _local.ReadEntriesAsync(own.Reply.GenerationId, own.Epoch, own.Number, AtOnce, CancellationToken.None) is not { } read)
        {
            // Another attempt is known here already.
            throw new StaleEpochException();
        }

        return next is not null && next.Number == own.Number + read.Entries.Count + 1 ? [.. read.Entries, next] : read.Entries;
    }

    private async Task ShareQuietlyAsync(Shared own)
    {
        try
        {
            await ShareAsync(own, next: null);
        }
        catch (StaleEpochException)
        {
            // Whoever writes it is told when it adds something.
            await RefreshAsync(own.Reply.GenerationId);
        }
    }

    private IEnumerable<GenerationId> SilentOnes()
    {
        var now = _time.GetUtcNow();
        foreach (var (id, log) in _local.Logs)
        {
            if (log.Head.IsClosed || IsWrittenHere(id, log))
            {
                continue;
            }

            // The longer it is silent, the less often.
            var silentSince = log.ChangedAt ?? _checkedAt.GetOrAdd(id, now);
            var lastLook = _checkedAt.TryGetValue(id, out var checkedAt) && checkedAt > silentSince ? checkedAt : silentSince;
            if (now - lastLook >= Silence + ((lastLook - silentSince) / 4))
            {
                _checkedAt[id] = now;
                yield return id;
            }
        }

        foreach (var id in _checkedAt.Keys.Where(id => _local.Find(id) is null or { Head.IsClosed: true }))
        {
            _checkedAt.TryRemove(id, out _);
        }
    }

    /// <summary>Reads what Redis has of a reply that is not being written here, also of one that has ended: it may have been erased. Several who ask at once wait for one answer.</summary>
    private async Task RefreshAsync(GenerationId id)
    {
        if (_local.Find(id) is { } known && IsWrittenHere(id, known))
        {
            return;
        }

        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = _refreshing.GetOrAdd(id, mine.Task);
        if (asked != mine.Task)
        {
            await asked;
            return;
        }

        try
        {
            var (epoch, number, _) = _local.Find(id)?.Head ?? default;
            if (await _stream.ReadAsync(id, epoch, number) is { Count: > 0 } entries)
            {
                Apply(id, entries);
            }
        }
        finally
        {
            _refreshing.TryRemove(id, out _);
            mine.SetResult();
        }
    }

    private bool IsWrittenHere(GenerationId id, ReplyLog log) => log.IsOwn && _own.TryGetValue(id, out var own) && own.Epoch == log.Head.Epoch;

    private void OnAppended(EntriesAppended appended)
    {
        var id = appended.Generation;
        var entries = appended.Entries.Select((entry, index) => (appended.Epoch, appended.FirstNumber + index, entry)).ToList();
        if (!Apply(id, entries))
        {
            // Not waited for: whoever announces must not be held up. What is missing comes in a moment, or with the next look.
            _ = RefreshAsync(id);
        }
    }

    /// <summary>False when something before these entries is missing.</summary>
    private bool Apply(GenerationId id, IReadOnlyList<(long Epoch, long Number, LogEntry Entry)> entries)
    {
        var log = _local.FindOrAdd(id);
        using var arriving = log.Arriving.EnterScope();
        foreach (var (epoch, number, entry) in entries)
        {
            var added = log.Apply(epoch, number, entry, _time.GetUtcNow(), out var isMissing);
            if (isMissing)
            {
                return false;
            }

            if (added is not (null or DeltaClosed) && log.Origin is { } origin)
            {
                Arrived?.Invoke(origin, added);
            }
        }

        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Delta logs could not be compared with those of other nodes")]
    private partial void LogCheckFailed(Exception exception);

    /// <summary>How much of a reply that is written here Redis has.</summary>
    private sealed class Shared(ReplyOrigin reply, long epoch, long acceptedAt)
    {
        public ReplyOrigin Reply { get; } = reply;

        public long Epoch { get; } = epoch;

        public SemaphoreSlim Gate { get; } = new(1, 1);

        /// <summary>The newest number that Redis has.</summary>
        public long Number { get; set; }

        /// <summary>When this attempt was last known to be the one that writes, a time stamp.</summary>
        public long AcceptedAt { get; set; } = acceptedAt;

        /// <summary>Whether Redis had all there was when it was last told.</summary>
        public bool IsComplete { get; set; }
    }
}
