using System.Runtime.CompilerServices;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Generations;

/// <summary>Streams one reply to one reader from any position. Ending the stream ends the reading, never the reply.</summary>
internal sealed class ReplyReader(IGenerationStore store, IChatStore chats, IDeltaLog log, ChatFeed feed)
{
    /// <exception cref="ChatException">NotFound when the reader is not, or no longer, in the chat.</exception>
    public async IAsyncEnumerable<Delta> ReadAsync(
        GenerationId id, StreamPosition from, CurrentUser user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var generation = await store.FindAsync(id, cancellationToken) ?? throw ChatException.NotFound("reply");

        // Guarded before checked: a removal in between is not missed.
        using var guard = new AccessGuard(feed, generation.ChatId, user.Id);
        await feed.WhenHeardAsync(generation.ChatId);
        await RequireAccessAsync(generation, user, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(guard.Lost, cancellationToken);

        // Also one whose end is stored and will never be told: whoever wrote it died in between.
        if (await log.ReadAsync(id, from, cancellationToken) is not { IsSealed: true }
            && await store.FindAsync(id, cancellationToken) is { State.IsFinal: true } ended)
        {
            await foreach (var delta in ReadStoredAsync(ended, cancellationToken))
            {
                yield return delta;
            }

            yield break;
        }

        await using var deltas = log.FollowAsync(id, from, either.Token).GetAsyncEnumerator(either.Token);
        while (await MoveNextAsync(deltas, guard, cancellationToken))
        {
            yield return deltas.Current;
        }
    }

    /// <summary>Waits until the end of a reply is stored; gives how it ended, or null when it is gone.</summary>
    public async Task<ReplyState?> WaitForEndAsync(GenerationId id, CancellationToken cancellationToken)
    {
        var generation = await store.FindAsync(id, cancellationToken);
        if (generation is not { State.IsFinal: false })
        {
            return generation?.State;
        }

        await foreach (var delta in log.FollowAsync(id, StreamPosition.Start, cancellationToken))
        {
            if (delta is DeltaDone)
            {
                break;
            }
        }

        return (await store.FindAsync(id, cancellationToken))?.State;
    }

    /// <summary>Tells those who wait for a reply that it has ended without being written here.</summary>
    public async Task EndWaitingAsync(GenerationId id, CancellationToken cancellationToken)
    {
        if (await log.ReadAsync(id, StreamPosition.Start, cancellationToken) is not { IsSealed: true }
            && await store.FindAsync(id, cancellationToken) is { State.IsFinal: true } generation
            && await store.FindReplyAsync(generation.MessageId, cancellationToken) is { Message: { } message })
        {
            await log.EndAsync(generation.Origin, generation.Epoch + 1, message.Text, EndOf(generation, message), cancellationToken);
        }
    }

    private async Task RequireAccessAsync(Generation generation, CurrentUser user, CancellationToken cancellationToken)
    {
        try
        {
            await chats.AuthorizeAsync(generation.ChatId, user, ChatOperation.Read, cancellationToken);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            throw ChatException.NotFound("reply");
        }
    }

    private async IAsyncEnumerable<Delta> ReadStoredAsync(Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var message = (await store.FindReplyAsync(generation.MessageId, cancellationToken))?.Message ?? throw ChatException.NotFound("reply");
        var epoch = Math.Max(generation.Epoch, 1);
        yield return new DeltaReset(generation.Id, message.Id, epoch, Number: 1, message.Text);
        yield return new DeltaDone(generation.Id, message.Id, epoch, Number: 2, EndOf(generation, message));
    }

    private static DeltaEnd EndOf(Generation generation, Message message) =>
        DeltaEnd.Of(WireNames.Of(generation.State), message.Text, message.ErrorCode, message.RetryAt, message.FinishReason);

    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<Delta> deltas, AccessGuard guard, CancellationToken cancellationToken)
    {
        try
        {
            return await deltas.MoveNextAsync();
        }
        catch (OperationCanceledException) when (guard.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw ChatException.NotFound("reply");
        }
    }
}
