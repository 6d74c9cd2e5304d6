using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Realtime;

/// <summary>The delta log of one node.</summary>
internal sealed class MemoryDeltaLog(IOptions<RealtimeOptions> options, TimeProvider time) : IDeltaLog
{
    private readonly ConcurrentDictionary<GenerationId, ReplyLog> _logs = new();

    public int Count => _logs.Count;

    public ValueTask<DeltaReset> OpenAsync(GenerationId id, MessageId messageId, long epoch, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var opened = _logs.GetOrAdd(id, static id => new ReplyLog(id)).Open(messageId, epoch, text);
        Forget();
        return ValueTask.FromResult(opened);
    }

    public ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Require(id).Append(epoch, text));
    }

    public ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Require(id).Seal(epoch, end, time.GetUtcNow()));
    }

    public ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Require(id).Close(epoch, title);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Delta>> EraseAsync(
        GenerationId id, MessageId messageId, long epoch, DeltaEnd end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Also where there is no log yet: the attempt that is about to open one must find that it comes too late.
        var told = _logs.GetOrAdd(id, static id => new ReplyLog(id)).Erase(messageId, epoch, end, time.GetUtcNow());
        Forget();
        return ValueTask.FromResult(told);
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
        var log = _logs.GetOrAdd(id, static id => new ReplyLog(id));
        var position = from;
        while (true)
        {
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
        var log = afterNumber > 0 ? _logs.GetValueOrDefault(id) : _logs.GetOrAdd(id, static id => new ReplyLog(id));
        return log?.WhenEntry(epoch, afterNumber).WaitAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <summary>Loses everything, as a restart would: what a test of readers needs.</summary>
    internal void Lose() => _logs.Clear();

    private ReplyLog Require(GenerationId id) => _logs.TryGetValue(id, out var log) ? log : throw new StaleEpochException();

    private void Forget()
    {
        var oldest = time.GetUtcNow() - options.Value.DeltaRetention;
        var ended = _logs.Where(log => log.Value.SealedAt is not null).OrderBy(log => log.Value.SealedAt).ToList();
        var excess = _logs.Count - options.Value.MaxDeltaLogs;
        foreach (var (id, log) in ended)
        {
            if (log.SealedAt > oldest && excess <= 0)
            {
                break;
            }

            _logs.TryRemove(id, out _);
            log.Abandon();
            excess--;
        }
    }
}
