using System.Runtime.CompilerServices;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>
/// Gives a reply's entries to one reader, one by one as they were written, from any of them on. However slow the reader is, only a few of
/// them are in memory for it. Ending the reading never ends the reply.
/// </summary>
internal sealed class EntryReader(
    IGenerationStore store, IChatStore chats, IDeltaLog log, ChatFeed feed, IOptions<GenerationOptions> options, TimeProvider time)
{
    private const int AtOnce = 256;

    // Whoever waits in silence looks so often whether there is still something to wait for.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>The entries there are now.</summary>
    /// <exception cref="EntriesGoneException">There are none of this epoch any more.</exception>
    public async IAsyncEnumerable<Delta> ReadAsync(GenerationId id, long epoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0L;
        var last = long.MaxValue;
        while (number < last)
        {
            var read = await log.ReadEntriesAsync(id, epoch, number, AtOnce, cancellationToken) ?? throw new EntriesGoneException(isWithdrawn: false);
            foreach (var entry in read.Entries)
            {
                yield return entry;
            }

            last = read.LastNumber;
            number += read.Entries.Count;
        }
    }

    /// <summary>All entries, those to come too, to the last one. A reply that has not begun is waited for.</summary>
    /// <param name="turn">The reply.</param>
    /// <param name="epoch">The attempt at it.</param>
    /// <param name="user">Who reads.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="EntriesGoneException">There is no more to read, and the last entry was not reached.</exception>
    /// <exception cref="ChatException">NotFound when the reader is not, or no longer, in the chat.</exception>
    public async IAsyncEnumerable<Delta> FollowAsync(
        ReplyTurn turn, long epoch, CurrentUser user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Guarded before checked: a removal in between is not missed.
        using var guard = new AccessGuard(feed, turn.Generation.ChatId, user.Id);
        await feed.WhenHeardAsync(turn.Generation.ChatId);
        await chats.AuthorizeAsync(turn.Generation.ChatId, user, ChatOperation.Read, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(guard.Lost, cancellationToken);
        var number = 0L;
        while (true)
        {
            var read = await ReadNextAsync(turn.Generation.Id, epoch, number, guard, either.Token);
            foreach (var entry in read.Entries)
            {
                // A slow reader takes long over what was read for it.
                cancellationToken.ThrowIfCancellationRequested();
                if (LossOf(guard) is { } loss)
                {
                    throw loss;
                }

                yield return entry;
            }

            number += read.Entries.Count;
            if (read.IsClosed && number == read.LastNumber)
            {
                yield break;
            }
        }
    }

    private async Task<EntryRead> ReadNextAsync(GenerationId id, long epoch, long after, AccessGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            if (after == 0 && !await MayBeReadAsync(id, epoch, cancellationToken))
            {
                throw await GoneAsync(id, cancellationToken);
            }

            await WaitAsync(id, epoch, after, cancellationToken);
            return await log.ReadEntriesAsync(id, epoch, after, AtOnce, cancellationToken) ?? throw await GoneAsync(id, cancellationToken);
        }
        catch (OperationCanceledException) when (LossOf(guard) is not null)
        {
            throw LossOf(guard)!;
        }
    }

    /// <summary>Waits for an entry; not for one of a reply that was stored as ended long ago by a server that died before it said so.</summary>
    private async Task WaitAsync(GenerationId id, long epoch, long after, CancellationToken cancellationToken)
    {
        var waiting = log.WaitForEntryAsync(id, epoch, after, cancellationToken);
        long? endedSince = null;
        while (true)
        {
            try
            {
                await waiting.WaitAsync(LookInterval, cancellationToken);
                return;
            }
            catch (TimeoutException)
            {
                endedSince = await IsToComeAsync(id, cancellationToken) ? null : endedSince ?? time.GetTimestamp();
                if (endedSince is { } since && time.GetElapsedTime(since) > options.Value.TitleWait)
                {
                    throw await GoneAsync(id, cancellationToken);
                }
            }
        }
    }

    /// <summary>A log that is not there is waited for only while it may still begin.</summary>
    private async Task<bool> MayBeReadAsync(GenerationId id, long epoch, CancellationToken cancellationToken) =>
        await IsThereAsync(id, epoch, cancellationToken)
            || await IsToComeAsync(id, cancellationToken)

            // A short reply is written from its first entry to its last between the first look and the second.
            || await IsThereAsync(id, epoch, cancellationToken);

    private async Task<bool> IsThereAsync(GenerationId id, long epoch, CancellationToken cancellationToken) =>
        await log.ReadEntriesAsync(id, epoch, afterNumber: 0, max: 1, cancellationToken) is not null;

    /// <summary>Why a reader reads no further; null while it may.</summary>
    private static Exception? LossOf(AccessGuard guard) => guard.Reason switch
    {
        null => null,
        WatchEnd.Deleted => new EntriesGoneException(isWithdrawn: true),
        _ => ChatException.NotFound("chat"),
    };

    private async Task<bool> IsToComeAsync(GenerationId id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { State.IsFinal: false };

    private async Task<EntriesGoneException> GoneAsync(GenerationId id, CancellationToken cancellationToken) =>
        new(await store.FindTurnAsync(id, cancellationToken) is null or { Reply.DeletedAt: not null });
}
