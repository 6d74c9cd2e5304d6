using System.Collections.Concurrent;
using HubChat.Server.Diagnostics;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// The replies that this node writes, and how much of them Redis has. Who writes a reply has all of its log: when Redis was away, has lost
/// everything or has gone back in time, what it lacks is put there again, the same entries under the same numbers, and no reader notices.
/// </summary>
internal sealed class WrittenReplies(MemoryDeltaLog local, DeltaStream stream, IAttemptFence fence, TimeProvider time)
{
    // So many entries go to Redis in one step.
    private const int AtOnce = 256;

    // So long an attempt that Redis has accepted is believed to be the one that writes, while Redis cannot be asked. Much less than a lease:
    // who was frozen for longer than one has to ask.
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<GenerationId, Shared> _own = new();

    /// <summary>Those of which Redis lacks something, as far as is known.</summary>
    public IReadOnlyList<GenerationId> Incomplete => [.. _own.Where(own => !own.Value.IsComplete).Select(own => own.Key)];

    /// <param name="id">A reply.</param>
    /// <param name="log">What is here of it.</param>
    public bool Contains(GenerationId id, ReplyLog log) => log.IsOwn && _own.TryGetValue(id, out var own) && own.Epoch == log.Head.Epoch;

    /// <summary>From now on this node writes the reply. What there is of it already goes to Redis.</summary>
    /// <exception cref="StaleEpochException">A later attempt has begun somewhere.</exception>
    public Task BeginAsync(ReplyOrigin reply, long epoch) =>
        ShareAsync(_own[reply.GenerationId] = new Shared(reply, epoch, time.GetTimestamp()), next: null);

    /// <summary>Gives Redis what it lacks.</summary>
    /// <exception cref="StaleEpochException">A later attempt has begun somewhere.</exception>
    public Task CompleteAsync(GenerationId id) => _own.TryGetValue(id, out var own) ? ShareAsync(own, next: null) : Task.CompletedTask;

    /// <summary>Gives Redis a text that is about to be shown here.</summary>
    /// <exception cref="StaleEpochException">This attempt is not the one that writes the reply.</exception>
    public async Task ShareTextAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken)
    {
        var (own, isShared) = await ShareNextAsync(id, epoch, new TextEntry(text));
        if (isShared)
        {
            own.AcceptedAt = time.GetTimestamp();
        }
        else
        {
            await RequireMayWriteAsync(own, cancellationToken);
        }
    }

    /// <summary>Gives Redis an entry that is about to be added here.</summary>
    /// <exception cref="StaleEpochException">A later attempt has begun somewhere.</exception>
    public Task ShareAsync(GenerationId id, long epoch, LogEntry entry) => ShareNextAsync(id, epoch, entry);

    /// <summary>
    /// Redis is the fence of every entry. While it cannot be asked the database is, now and then: an attempt that was frozen while another
    /// one took its reply must not show anything when it wakes, whatever its connections look like then.
    /// </summary>
    private async Task RequireMayWriteAsync(Shared own, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(own.AcceptedAt) < Trust)
        {
            return;
        }

        if (!await fence.MayWriteAsync(own.Reply.GenerationId, own.Epoch, cancellationToken))
        {
            _own.TryRemove(new KeyValuePair<GenerationId, Shared>(own.Reply.GenerationId, own));
            throw new StaleEpochException();
        }

        own.AcceptedAt = time.GetTimestamp();
    }

    /// <summary>Others first: what is shown here must be there for whoever changes nodes. Where Redis is away it is shown all the same.</summary>
    private async Task<(Shared Own, bool IsShared)> ShareNextAsync(GenerationId id, long epoch, LogEntry entry)
    {
        var log = local.Find(id) ?? throw new StaleEpochException();
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
                var number = await stream.AppendAsync(
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
            if (local.Find(own.Reply.GenerationId) is not { } log || (log.Head.IsClosed && log.Head.LastNumber == own.Number))
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
        if (await local.ReadEntriesAsync(own.Reply.GenerationId, own.Epoch, own.Number, AtOnce, CancellationToken.None) is not { } read)
        {
            // Another attempt is known here already.
            throw new StaleEpochException();
        }

        return next is not null && next.Number == own.Number + read.Entries.Count + 1 ? [.. read.Entries, next] : read.Entries;
    }

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
