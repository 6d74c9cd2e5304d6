using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>Replies whose server has died: begun anew once if they are young, closed with what they have if they are not.</summary>
internal sealed partial class OrphanSweep(
    IGenerationStore store, ReplyCompletion completion, ModelCatalog models, IOptions<GenerationOptions> options, TimeProvider time, ILogger<OrphanSweep> logger)
{
    /// <summary>At start: the database belongs to this process alone, so nobody else can be writing, whatever a clock says.</summary>
    public async Task CloseAsync(Guid self, CancellationToken cancellationToken)
    {
        foreach (var orphan in await store.FindRunningElsewhereAsync(self, cancellationToken))
        {
            await EndAsync(orphan, cancellationToken);
        }
    }

    /// <summary>While running: those whose lease has ended without being renewed.</summary>
    /// <param name="self">This process.</param>
    /// <param name="own">What it is writing now; its own work is never an orphan, even when the clock was set forward.</param>
    /// <param name="cancellationToken">Ends the sweep.</param>
    public async Task TakeOverAsync(Guid self, ICollection<GenerationId> own, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var orphan in await store.FindExpiredAsync(now, cancellationToken))
        {
            if (!(orphan.Owner == self && own.Contains(orphan.Id)))
            {
                await EndAsync(orphan, cancellationToken);
            }
        }
    }

    private async Task EndAsync(Generation orphan, CancellationToken cancellationToken)
    {
        var age = time.GetUtcNow() - (orphan.StartedAt ?? orphan.CreatedAt);
        var isYoung = age.Duration() <= options.Value.RestartWithin;
        try
        {
            var reply = (await store.FindReplyAsync(orphan.MessageId, cancellationToken))?.Message;
            var figures = FiguresOf(orphan, reply);
            if (orphan.StopRequestedAt is null && isYoung && orphan.Attempt < options.Value.MaxAttempts)
            {
                await completion.ReleaseAsync(orphan, text: null, figures, cancellationToken);
                LogRestarted(orphan.Id.Value, orphan.Attempt);
                return;
            }

            var outcome = orphan.StopRequestedAt is null
                ? new ReplyOutcome(ReplyState.Interrupted, "server_stopped")
                : new ReplyOutcome(ReplyState.Stopped);
            await completion.CompleteAsync(orphan, reply?.Text ?? "", figures, outcome, cancellationToken);
            LogClosed(orphan.Id.Value, outcome.State);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            // Its chat was deleted.
        }
    }

    /// <summary>What the dead server used is not known; what it has written is.</summary>
    private CallFigures FiguresOf(Generation orphan, Message? reply)
    {
        var written = TokenEstimate.Of(reply?.Text is { } text && text.Length > orphan.Prefix.Length ? text[orphan.Prefix.Length..] : "");
        var price = reply?.Model is { } name && models.Find(name) is { } model ? model.Price : ModelPrice.Free;
        return new CallFigures(reply?.Model, 0, written, IsEstimate: true, price.CostOf(0, written), null, null);
    }

    [LoggerMessage(LogLevel.Information, "Generation {GenerationId} lost its server in attempt {Attempt} and is begun anew")]
    private partial void LogRestarted(Guid generationId, int attempt);

    [LoggerMessage(LogLevel.Information, "Generation {GenerationId} lost its server and is closed as {State}")]
    private partial void LogClosed(Guid generationId, ReplyState state);
}
