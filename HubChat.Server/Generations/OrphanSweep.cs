using HubChat.Server.Chats;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>Replies whose server has died: begun anew once if they are young, closed with what they have if they are not.</summary>
internal sealed partial class OrphanSweep(
    IGenerationStore store, ReplyCompletion completion, ReplyReader reader, ModelCatalog models, IDeltaLog log, IBackplane backplane, NodeIdentity node,
    NodeHeartbeat heartbeat, IOptions<GenerationOptions> options, TimeProvider time, ILogger<OrphanSweep> logger)
{
    /// <summary>At start, before anybody is served: no reply may look alive that nobody writes.</summary>
    public Task CloseAsync(CancellationToken cancellationToken) => EndAllAsync(own: [], cancellationToken);

    /// <summary>While running: replies whose node has died, and such as this one has failed to end.</summary>
    /// <param name="own">What this node is writing now.</param>
    /// <param name="cancellationToken">Ends the sweep.</param>
    public Task TakeOverAsync(IReadOnlyCollection<GenerationId> own, CancellationToken cancellationToken) =>
        heartbeat.IsSteady ? EndAllAsync(own, cancellationToken) : Task.CompletedTask;

    private async Task EndAllAsync(IReadOnlyCollection<GenerationId> own, CancellationToken cancellationToken)
    {
        // Other nodes find the same at the same time: each begins with another one, so that they share the work.
        var orphans = (await store.FindOrphansAsync(node.Id, own, cancellationToken)).ToArray();
        Random.Shared.Shuffle(orphans);
        await Parallel.ForEachAsync(
            orphans, GenerationOptions.ManyAtOnce(cancellationToken), async (orphan, _) => await EndAsync(orphan, cancellationToken));
    }

    private async Task EndAsync(Generation orphan, CancellationToken cancellationToken)
    {
        var age = time.GetUtcNow() - (orphan.StartedAt ?? orphan.CreatedAt);
        var isYoung = age.Duration() <= options.Value.RestartWithin;
        try
        {
            var reply = (await store.FindReplyAsync(orphan.MessageId, cancellationToken))?.Message;
            var text = await TextOfAsync(orphan, reply, cancellationToken);
            var figures = FiguresOf(orphan, reply, text);
            if (orphan.StopRequestedAt is null && isYoung && orphan.Attempt < options.Value.MaxAttempts)
            {
                // If not, it was stopped or taken in between: the next sweep sees what it is then.
                if (await completion.ReleaseAsync(orphan, text: null, figures, cancellationToken))
                {
                    HubTelemetry.TakenOver("restarted");
                    LogRestarted(orphan.Id.Value, orphan.Attempt);
                    backplane.Publish(new WorkWaits());
                }

                return;
            }

            var outcome = orphan.StopRequestedAt is null
                ? new ReplyOutcome(ReplyState.Interrupted, "server_stopped")
                : new ReplyOutcome(ReplyState.Stopped);
            if (await completion.CompleteAsync(orphan, text, figures, outcome, cancellationToken) is ReplyEnd.Stored)
            {
                HubTelemetry.TakenOver("closed");
            }

            LogClosed(orphan.Id.Value, outcome.State);
            await reader.EndWaitingAsync(orphan.Id, cancellationToken);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            // Its chat was deleted.
        }
    }

    /// <summary>All that was shown of it: the log, where it has outlived the server, has more than the last checkpoint.</summary>
    private async Task<string> TextOfAsync(Generation orphan, Message? reply, CancellationToken cancellationToken)
    {
        var stored = reply?.Text ?? "";
        var read = await log.ReadAsync(orphan.Id, StreamPosition.Start, cancellationToken);
        return read is { Deltas: [DeltaReset shown, ..] } && shown.Epoch == orphan.Epoch && shown.Text.StartsWith(stored, StringComparison.Ordinal)
            ? shown.Text
            : stored;
    }

    /// <summary>What the dead server used is not known; what it has written is.</summary>
    private CallFigures FiguresOf(Generation orphan, Message? reply, string text)
    {
        var written = TokenEstimate.Of(text.Length > orphan.Prefix.Length ? text[orphan.Prefix.Length..] : "");
        var price = reply?.Model is { } name && models.Find(name) is { } model ? model.Price : ModelPrice.Free;
        return new CallFigures(reply?.Model, 0, written, IsEstimate: true, price.CostOf(0, written), null, null);
    }

    [LoggerMessage(LogLevel.Information, "Generation {GenerationId} lost its server in attempt {Attempt} and is begun anew")]
    private partial void LogRestarted(Guid generationId, int attempt);

    [LoggerMessage(LogLevel.Information, "Generation {GenerationId} lost its server and is closed as {State}")]
    private partial void LogClosed(Guid generationId, ReplyState state);
}
