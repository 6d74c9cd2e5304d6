using System.Runtime.CompilerServices;
using HubChat.Server.Chats;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Finds turns and gives their frames from any of them on.</summary>
internal sealed class TurnReader(IGenerationStore store, EntryReader entries, IDeltaLog log, ResumeTokens tokens)
{
    /// <summary>A turn as it is now; null when it is gone.</summary>
    public async Task<Turn?> FindAsync(GenerationId id, CancellationToken cancellationToken) =>
        await store.FindTurnAsync(id, cancellationToken) is { } reply ? new Turn(reply, reply.Epoch) : null;

    /// <summary>A turn that a token names; null when its frames are not kept any more.</summary>
    public async Task<Turn?> FindAsync(TurnId id, CancellationToken cancellationToken)
    {
        // A reply that was deleted is gone at once, also while its erasure is under way; one that goes on is told by another turn.
        if (await store.FindTurnAsync(id.GenerationId, cancellationToken) is not { Reply.DeletedAt: null } reply
            || reply.Reply.GenerationId != id.GenerationId)
        {
            return null;
        }

        var isKept = await IsKeptAsync(id, cancellationToken);
        var isToCome = !reply.Generation.State.IsFinal && id.Epoch == reply.Epoch;
        return isKept || isToCome ? new Turn(reply, id.Epoch) : null;
    }

    /// <summary>How many frames there are now.</summary>
    public async Task<long> CountAsync(Turn turn, CancellationToken cancellationToken)
    {
        var frames = new FrameFactory(turn, token: "");
        var count = frames.Begin().LongCount();
        if (await IsKeptAsync(turn.Id, cancellationToken))
        {
            await foreach (var entry in entries.ReadAsync(turn.GenerationId, turn.Epoch, cancellationToken))
            {
                count += frames.Of(entry).LongCount();
            }
        }

        return count;
    }

    /// <summary>The frames of a turn after the first <paramref name="offset"/>, those to come too.</summary>
    /// <exception cref="EntriesGoneException">The rest of them is lost.</exception>
    public Task<IAsyncEnumerable<Frame>> ReadAsync(Turn turn, long offset, CurrentUser user, CancellationToken cancellationToken) =>
        ReadAsync(turn, offset, entries.FollowAsync(turn.Reply, turn.Epoch, user, cancellationToken), cancellationToken);

    /// <summary>The frames of a turn that was asked for before: as they were, or made of what is stored.</summary>
    public async Task<IAsyncEnumerable<Frame>> ReplayAsync(Turn turn, CurrentUser user, CancellationToken cancellationToken)
    {
        if (!turn.Reply.Generation.State.IsFinal)
        {
            return await ReadAsync(turn, 0, user, cancellationToken);
        }

        // One that ended without being written here has an epoch of its own.
        foreach (var epoch in new[] { turn.Epoch, turn.Epoch + 1 })
        {
            var kept = turn with { Epoch = epoch };
            if (!turn.IsQuestionDeleted && await IsKeptAsync(kept.Id, cancellationToken))
            {
                return await ReadAsync(kept, 0, user, cancellationToken);
            }
        }

        return await ReadAsync(turn, 0, StoredEntries(turn), cancellationToken);
    }

    private async Task<IAsyncEnumerable<Frame>> ReadAsync(Turn turn, long offset, IAsyncEnumerable<Delta> log, CancellationToken cancellationToken)
    {
        // Made before the first frame is asked for: what fails here has a status of its own.
        var token = await tokens.IssueAsync(turn, turn.AskerId, cancellationToken);
        return ReadAsync(new FrameFactory(turn, token), offset, log, cancellationToken);
    }

    private static async IAsyncEnumerable<Frame> ReadAsync(
        FrameFactory frames, long offset, IAsyncEnumerable<Delta> log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0L;
        foreach (var frame in frames.Begin())
        {
            if (number++ >= offset)
            {
                yield return frame;
            }
        }

        await using var reading = log.GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(reading, frames) is { } next)
        {
            foreach (var frame in next)
            {
                if (number++ >= offset)
                {
                    yield return frame;
                }
            }
        }
    }

    /// <summary>The frames of the next entry; null after the last one.</summary>
    private static async Task<IEnumerable<Frame>?> NextAsync(IAsyncEnumerator<Delta> reading, FrameFactory frames)
    {
        try
        {
            return await reading.MoveNextAsync() ? frames.Of(reading.Current) : null;
        }
        catch (EntriesGoneException gone) when (gone.IsWithdrawn)
        {
            // An enumerator that has thrown is at its end: after these there are no more.
            return frames.Withdraw();
        }
    }

    private async Task<bool> IsKeptAsync(TurnId id, CancellationToken cancellationToken) =>
        await log.ReadEntriesAsync(id.GenerationId, id.Epoch, afterNumber: 0, max: 1, cancellationToken) is not null;

    private static async IAsyncEnumerable<Delta> StoredEntries(Turn turn)
    {
        await Task.CompletedTask;
        var (id, reply) = (turn.GenerationId, turn.Reply.Reply);
        var end = DeltaEnd.Of(
            WireNames.Of(turn.Reply.Generation.State), reply.Text, reply.ErrorCode, reply.RetryAt, reply.FinishReason);
        yield return new DeltaReset(id, reply.Id, turn.Epoch, Number: 1, reply.Text);
        yield return new DeltaDone(id, reply.Id, turn.Epoch, Number: 2, end);
        yield return new DeltaClosed(id, reply.Id, turn.Epoch, Number: 3, Title: null);
    }
}
