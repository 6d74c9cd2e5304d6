using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Realtime;

/// <summary>The delta log of one node.</summary>
internal sealed class MemoryDeltaLog(IOptions<RealtimeOptions> options, TimeProvider time) : IDeltaLog
{
    private readonly ConcurrentDictionary<GenerationId, ReplyLog> _logs = new();

    public event Action<ReplyOrigin, Delta>? Arrived
    {
        add { }
        remove { }
    }

    public int Count => _logs.Count;

    public IEnumerable<KeyValuePair<GenerationId, ReplyLog>> Logs => _logs;

    public ReplyLog? Find(GenerationId id) => _logs.GetValueOrDefault(id);

    /// <summary>The log of a reply; an empty one when nothing was heard of it.</summary>
    public ReplyLog FindOrAdd(GenerationId id) => _logs.GetOrAdd(id, static id => new ReplyLog(id));

    public ValueTask<DeltaReset> OpenAsync(ReplyOrigin reply, long epoch, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var opened = FindOrAdd(reply.GenerationId).Open(reply, epoch, text, time.GetUtcNow());
        Forget();
        return ValueTask.FromResult(opened);
    }

    public ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Require(id).Append(epoch, text, time.GetUtcNow()));
    }

    public ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Require(id).Seal(epoch, end, time.GetUtcNow()));
    }

    public ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Require(id).Close(epoch, title, time.GetUtcNow());
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Delta>> EraseAsync(ReplyOrigin reply, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Also where there is no log yet: the attempt that is about to open one must find that it comes too late.
        var told = FindOrAdd(reply.GenerationId).Erase(reply, epoch, end, time.GetUtcNow());
        Forget();
        return ValueTask.FromResult(told);
    }

    public async ValueTask EndAsync(ReplyOrigin reply, long epoch, string text, DeltaEnd end, CancellationToken cancellationToken)
    {
        if (Find(reply.GenerationId)?.SealedAt is not null)
        {
            return;
        }

        try
        {
            await OpenAsync(reply, epoch, text, cancellationToken);
            await SealAsync(reply.GenerationId, epoch, end, cancellationToken);
            await CloseAsync(reply.GenerationId, epoch, title: null, cancellationToken);
        }
        catch (StaleEpochException)
        {
            // The message was deleted meanwhile, and the readers have been told so.
        }
    }

    public ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_logs.TryGetValue(id, out var log) ? log.Read(from) : null);
    }

    public async IAsyncEnumerable<Delta> FollowAsync(
        GenerationId id, StreamPosition from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A reply that waits has no log yet. Its readers wait in an empty one.
        var log = FindOrAdd(id);
        var position = from;
        while (true)
        {
            log = log.IsAbandoned ? FindOrAdd(id) : log;

            // Taken before reading: what is added after the read completes it.
            var more = log.WhenMore();
            if (log.Read(position) is { } read)
            {
                foreach (var delta in read.Deltas)
                {
                    yield return delta;
                }

                if (read.IsSealed)
                {
                    yield break;
                }

                position = read.Position;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public ValueTask<EntryRead?> ReadEntriesAsync(
        GenerationId id, long epoch, long afterNumber, int max, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_logs.TryGetValue(id, out var log) ? log.ReadEntries(epoch, afterNumber, max) : null);
    }

    public Task WaitForEntryAsync(GenerationId id, long epoch, long afterNumber, CancellationToken cancellationToken)
    {
        // Who has entries already waits for no log to begin: theirs is gone.
        var log = afterNumber > 0 ? Find(id) : FindOrAdd(id);
        return log?.WhenEntry(epoch, afterNumber).WaitAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <summary>Loses everything, as a restart would: what a test of readers needs.</summary>
    internal void Lose() => _logs.Clear();

    private ReplyLog Require(GenerationId id) => _logs.TryGetValue(id, out var log) ? log : throw new StaleEpochException();

    /// <summary>Drops what nobody needs any more.</summary>
    public void Forget()
    {
        var oldest = time.GetUtcNow() - options.Value.DeltaRetention;
        var excess = _logs.Count - options.Value.MaxDeltaLogs;
        foreach (var (id, log) in _logs.Where(log => EndOf(log.Value) is not null).OrderBy(log => EndOf(log.Value)).ToList())
        {
            if (EndOf(log) > oldest && excess <= 0)
            {
                break;
            }

            _logs.TryRemove(id, out _);
            log.Abandon();
            excess--;
        }
    }

    /// <summary>
    /// When a log was over: ended, or, of one that another process writes, last heard of: it is heard of again when somebody asks. One that
    /// is waited for has never been heard of.
    /// </summary>
    private static DateTimeOffset? EndOf(ReplyLog log) => log.SealedAt ?? (log.IsOwn ? null : log.ChangedAt);
}
