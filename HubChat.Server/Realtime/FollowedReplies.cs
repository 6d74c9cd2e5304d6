using System.Collections.Concurrent;
using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>The replies that other nodes write and somebody follows here: what is heard of them, and what has to be asked for.</summary>
internal sealed class FollowedReplies(MemoryDeltaLog local, DeltaStream stream, WrittenReplies written, TimeProvider time)
{
    // A reply of which nothing was heard for so long is looked for: what was said last may have been lost.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<GenerationId, Task> _refreshing = new();
    private readonly ConcurrentDictionary<GenerationId, DateTimeOffset> _checkedAt = new();

    /// <summary>Something was added here to a reply that another node writes.</summary>
    public event Action<ReplyOrigin, Delta>? Arrived;

    /// <summary>
    /// Reads what Redis has of a reply that is not being written here, also of one that has ended: it may have been erased. Several who ask at
    /// once wait for one answer.
    /// </summary>
    public async Task RefreshAsync(GenerationId id)
    {
        if (local.Find(id) is { } known && written.Contains(id, known))
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
            var (epoch, number, _) = local.Find(id)?.Head ?? default;
            if (await stream.ReadAsync(id, epoch, number) is { Count: > 0 } entries)
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

    /// <summary>Takes what another node says that it has added.</summary>
    public void OnAppended(EntriesAppended appended)
    {
        var id = appended.Generation;
        var entries = appended.Entries.Select((entry, index) => (appended.Epoch, appended.FirstNumber + index, entry)).ToList();
        if (!Apply(id, entries))
        {
            // Not waited for: whoever announces must not be held up. What is missing comes in a moment, or with the next look.
            _ = RefreshAsync(id);
        }
    }

    /// <summary>Those of which nothing was heard for some time: a look at Redis is due.</summary>
    public IEnumerable<GenerationId> TakeSilent()
    {
        var now = time.GetUtcNow();
        foreach (var (id, log) in local.Logs)
        {
            if (log.Head.IsClosed || written.Contains(id, log))
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

        foreach (var id in _checkedAt.Keys.Where(id => local.Find(id) is null or { Head.IsClosed: true }))
        {
            _checkedAt.TryRemove(id, out _);
        }
    }

    /// <summary>False when something before these entries is missing.</summary>
    private bool Apply(GenerationId id, IReadOnlyList<(long Epoch, long Number, LogEntry Entry)> entries)
    {
        var log = local.FindOrAdd(id);
        using var arriving = log.Arriving.EnterScope();
        foreach (var (epoch, number, entry) in entries)
        {
            var added = log.Apply(epoch, number, entry, time.GetUtcNow(), out var isMissing);
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
}
