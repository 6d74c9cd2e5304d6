using HubChat.Server.Chats;
using HubChat.Server.Usage;

namespace HubChat.Server.Generations;

/// <summary>The durable steps of a generation: claimed, ended, given back. Each is one transaction, fenced by the attempt.</summary>
internal sealed class ReplyCompletion(ChatChanges changes)
{
    /// <summary>Takes a waiting generation; null when somebody else has it, or its chat is not ready for it.</summary>
    public Task<ClaimedReply?> ClaimAsync(Generation waiting, Guid owner, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            waiting.ChatId,
            async change =>
            {
                var active = await change.GetActiveGenerationsAsync();
                if (active is not [{ State: ReplyState.Queued } generation, ..] || generation.Id != waiting.Id)
                {
                    return null;
                }

                var reply = (await change.FindMessageAsync(generation.MessageId))!;
                generation.State = reply.State = ReplyState.Running;
                generation.Attempt++;
                generation.Owner = owner;
                generation.StartedAt = change.Now;
                var started = change.Raise(
                    ChatEventType.GenerationStarted,
                    new(MessageId: reply.Id, GenerationId: generation.Id),
                    new EventData { Epoch = generation.Epoch });
                reply.ChangedSeq = started.Seq;
                return new ClaimedReply(generation, reply.Model, generation.Temperature ?? change.Chat.Temperature, started.Seq);
            },
            cancellationToken);

    /// <summary>Stores the end.</summary>
    public Task<ReplyEnd> CompleteAsync(
        Generation run, string text, CallFigures figures, ReplyOutcome outcome, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            run.ChatId,
            async change =>
            {
                if (await FindOwnAsync(change, run) is not var (generation, reply))
                {
                    return await IsStoredAsync(change, run, text, outcome) ? ReplyEnd.Stored : ReplyEnd.Lost;
                }

                // When a claimed reply was wished to be stopped, its run learns here.
                run.StopRequestedAt = generation.StopRequestedAt;
                reply.Model = figures.Model ?? reply.Model;
                if (!figures.IsEstimate)
                {
                    reply.InputTokens = figures.InputTokens;
                    reply.OutputTokens = figures.OutputTokens;
                }

                if (reply.DeletedAt is not null)
                {
                    ReplyQueue.Complete(change, generation, reply, ReplyState.Stopped, figures);
                    return ReplyEnd.Deleted;
                }

                reply.Text = text;
                reply.FinishReason = outcome.FinishReason;
                ReplyQueue.Complete(change, generation, reply, outcome.State, figures, outcome.ErrorCode, outcome.RetryAt);
                return ReplyEnd.Stored;
            },
            cancellationToken);

    /// <summary>Ends an attempt whose message was deleted; false when it was not, or the reply is not this attempt's any more.</summary>
    public Task<bool> CompleteDeletedAsync(Generation run, CallFigures figures, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            run.ChatId,
            async change =>
            {
                if (await FindOwnAsync(change, run) is not ({ } generation, { DeletedAt: not null } reply))
                {
                    return false;
                }

                ReplyQueue.Complete(change, generation, reply, ReplyState.Stopped, figures);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Gives a generation back to the queue: this server stops, or its owner died. False when it is to be ended instead, because
    /// somebody has stopped it, or is not this attempt's any more.
    /// </summary>
    /// <param name="run">The attempt that ends.</param>
    /// <param name="text">What it has said; null keeps the last checkpoint.</param>
    /// <param name="figures">What it has come to; the next attempt begins anew.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<bool> ReleaseAsync(Generation run, string? text, CallFigures figures, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            run.ChatId,
            async change =>
            {
                if (await FindOwnAsync(change, run) is not ({ StopRequestedAt: null } generation, { } reply))
                {
                    return false;
                }

                generation.State = reply.State = ReplyState.Queued;
                generation.Owner = null;
                reply.Text = text ?? reply.Text;
                change.Add(LedgerEntry.Of(
                    generation.LedgerCall, figures, WireNames.Of(ReplyState.Interrupted), "server_stopped", change.Now));
                ReplyQueue.RaiseQueued(change, generation, reply, actor: null);
                return true;
            },
            cancellationToken);

    /// <summary>Whether this very end was stored before: the database took it, and its answer was lost.</summary>
    private static async Task<bool> IsStoredAsync(IChatTransaction change, Generation run, string text, ReplyOutcome outcome) =>
        await change.FindGenerationAsync(run.Id) is { } generation
            && generation.Attempt == run.Attempt && generation.Owner == run.Owner && generation.State == outcome.State
            && await change.FindMessageAsync(run.MessageId) is { DeletedAt: null } reply && reply.Text == text;

    private static async Task<(Generation Generation, Message Reply)?> FindOwnAsync(IChatTransaction change, Generation run) =>
        await change.FindGenerationAsync(run.Id) is { State: ReplyState.Running } generation
            && generation.Attempt == run.Attempt && generation.Owner == run.Owner
            && await change.FindMessageAsync(run.MessageId) is { } reply
            ? (generation, reply)
            : null;
}

/// <summary>A generation this server may run now.</summary>
/// <param name="Generation">Which.</param>
/// <param name="Model">The name of the model that answers.</param>
/// <param name="Temperature">The reply's own or the chat's.</param>
/// <param name="StartedSeq">The event that says so.</param>
internal sealed record ClaimedReply(Generation Generation, string? Model, double? Temperature, long StartedSeq);
