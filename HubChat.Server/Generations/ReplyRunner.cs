using System.Diagnostics;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Models;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>A claimed reply from its first delta to its stored end.</summary>
internal sealed partial class ReplyRunner(
    IGenerationStore store, ReplyCompletion completion, ModelCatalog models, PromptBuilder prompts, UsageLimits limits, TitleWriter titles,
    IDeltaLog log, ChatFeed feed, IFailpoints failpoints, IOptions<GenerationOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    // How often the end of a reply is tried while the database refuses it.
    private static readonly TimeSpan EndRetry = TimeSpan.FromSeconds(1);
    private readonly ILogger<ReplyRunner> _logger = loggers.CreateLogger<ReplyRunner>();

    public async Task RunAsync(ClaimedReply claimed, RunningReply running)
    {
        var generation = claimed.Generation;
        using var span = HubTelemetry.StartReply(generation.Id.Value, claimed.Model, generation.Attempt);
        var text = new ReplyText(generation, claimed.StartedSeq, log, feed, failpoints, time);
        var model = claimed.Model is { } name ? models.Find(name) : null;
        var run = new GenerationRun(generation, text, model, prompts, store, limits, options.Value, time, loggers.CreateLogger<GenerationRun>())
        {
            Temperature = (float?)claimed.Temperature,
        };

        try
        {
            await text.OpenAsync(CancellationToken.None);
            var outcome = await RunAsync(run, running);
            span.SetOutcome(WireNames.Of(outcome.State), outcome.ErrorCode);
            await text.FlushAsync(CancellationToken.None);
            if (await EndAsync(generation, text, run, outcome))
            {
                var title = model is not null && outcome.State is ReplyState.Done
                    ? titles.WriteAsync(generation, model, text.ToString(), running.Cancelled)
                    : Task.FromResult<string?>(null);
                await CloseAsync(text, title, generation.OpensChat ? options.Value.TitleWait : TimeSpan.Zero);
            }
        }
        catch (StaleEpochException)
        {
            // The log takes no more of this attempt: its message was deleted, or another attempt writes it.
            if (!await StoreAsync(generation, () => completion.CompleteDeletedAsync(generation, run.Figures, CancellationToken.None)))
            {
                span.SetOutcome("lost");
                throw;
            }

            span.SetOutcome("deleted");
        }
    }

    /// <exception cref="StaleEpochException">The reply is not this attempt's any more.</exception>
    private static async Task<ReplyOutcome> RunAsync(GenerationRun run, RunningReply running)
    {
        try
        {
            var outcome = await run.RunAsync(running.Cancelled);
            return outcome == ReplyOutcome.Lost ? throw new StaleEpochException() : outcome;
        }
        catch (OperationCanceledException) when (running.Cancelled.IsCancellationRequested)
        {
            return running.IsStopped ? new ReplyOutcome(ReplyState.Stopped) : ReplyOutcome.Released;
        }
    }

    /// <summary>Tells the title to those who read the reply as a whole. They are not kept for a model that takes long over it.</summary>
    private async Task CloseAsync(ReplyText text, Task<string?> title, TimeSpan wait)
    {
        if (!title.IsCompleted && wait > TimeSpan.Zero)
        {
            await Task.WhenAny(title, Task.Delay(wait, time, CancellationToken.None));
        }

        try
        {
            await text.CloseAsync(title.IsCompletedSuccessfully ? await title : null, CancellationToken.None);
        }
        catch (StaleEpochException)
        {
            // The message was deleted meanwhile, and the readers have been told so.
        }

        await title;
    }

    /// <summary>Stores the end, then tells it; false when the reply has none yet, or was deleted.</summary>
    /// <exception cref="StaleEpochException">The reply is not this attempt's any more.</exception>
    private async Task<bool> EndAsync(Generation generation, ReplyText text, GenerationRun run, ReplyOutcome outcome)
    {
        if (outcome == ReplyOutcome.Released)
        {
            if (await completion.ReleaseAsync(generation, text.ToString(), run.Figures, CancellationToken.None))
            {
                return false;
            }

            outcome = new ReplyOutcome(ReplyState.Stopped);
            Activity.Current.SetOutcome(WireNames.Of(outcome.State));
        }

        var end = await StoreAsync(
            generation,
            () => completion.CompleteAsync(generation, text.ToString(), run.Figures, outcome, CancellationToken.None));
        if (end is ReplyEnd.Stored)
        {
            if (generation.StopRequestedAt is { } wishedAt)
            {
                HubTelemetry.StopDuration.RecordSince(wishedAt, time);
            }

            await text.SealAsync(outcome, CancellationToken.None);
        }

        return end is ReplyEnd.Lost ? throw new StaleEpochException() : end is ReplyEnd.Stored;
    }

    /// <summary>
    /// Tries until the database takes it: a full disk or a locked database must not lose the end of a reply that people have read.
    /// Readers see the reply as still being written.
    /// </summary>
    private async Task<T> StoreAsync<T>(Generation generation, Func<Task<T>> store)
    {
        while (true)
        {
            try
            {
                return await store();
            }
            catch (ChatException refusal) when (refusal.Error is ChatError.Busy or ChatError.StorageFull)
            {
                LogEndRefused(refusal, generation.Id.Value);
                await Task.Delay(EndRetry, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The end of generation {GenerationId} cannot be stored yet")]
    private partial void LogEndRefused(Exception exception, Guid generationId);
}
