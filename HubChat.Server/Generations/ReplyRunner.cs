using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Generations.Models;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>A claimed reply from its first delta to its stored end.</summary>
internal sealed partial class ReplyRunner(
    IGenerationStore store, ReplyCompletion completion, ModelCatalog models, PromptBuilder prompts, TitleWriter titles, IDeltaLog log,
    ChatFeed feed, IFailpoints failpoints, IOptions<GenerationOptions> options, TimeProvider time, ILoggerFactory loggers)
{
    // How often the end of a reply is tried while the database refuses it.
    private static readonly TimeSpan EndRetry = TimeSpan.FromSeconds(1);
    private readonly ILogger<ReplyRunner> _logger = loggers.CreateLogger<ReplyRunner>();

    public async Task RunAsync(ClaimedReply claimed, RunningReply running)
    {
        var generation = claimed.Generation;
        var text = new ReplyText(generation, log, feed, failpoints);
        var model = models.Find(claimed.Model);
        var run = new GenerationRun(generation, text, model, prompts, store, options.Value, time, loggers.CreateLogger<GenerationRun>())
        {
            Temperature = (float?)claimed.Temperature,
        };

        await text.OpenAsync(CancellationToken.None);
        var outcome = await RunAsync(run, running);
        if (outcome == ReplyOutcome.Lost)
        {
            throw new StaleEpochException();
        }

        await text.FlushAsync(CancellationToken.None);
        if (outcome == ReplyOutcome.Released)
        {
            await completion.ReleaseAsync(generation, text.ToString(), CancellationToken.None);
            return;
        }

        await EndAsync(generation, text, run, outcome);
        if (model is not null && outcome.State is ReplyState.Done)
        {
            await titles.WriteAsync(generation, model, text.ToString(), running.Cancelled);
        }
    }

    private static async Task<ReplyOutcome> RunAsync(GenerationRun run, RunningReply running)
    {
        try
        {
            return await run.RunAsync(running.Cancelled);
        }
        catch (OperationCanceledException) when (running.Cancelled.IsCancellationRequested)
        {
            return running.IsStopped ? new ReplyOutcome(ReplyState.Stopped) : ReplyOutcome.Released;
        }
    }

    private async Task EndAsync(Generation generation, ReplyText text, GenerationRun run, ReplyOutcome outcome)
    {
        while (true)
        {
            try
            {
                var completed = await completion.CompleteAsync(
                    generation, text.ToString(), run.ModelName, run.Usage, outcome, CancellationToken.None) ?? throw new StaleEpochException();

                // Stored first, told second. A reply that was deleted meanwhile has no text to check any more.
                await text.SealAsync(outcome, completed.Text, CancellationToken.None);
                return;
            }
            catch (ChatException refusal) when (refusal.Error is ChatError.Busy or ChatError.StorageFull)
            {
                // A full disk or a locked database must not lose a reply that people have read. Readers see it as still being written.
                LogEndRefused(refusal, generation.Id.Value);
                await Task.Delay(EndRetry, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The end of generation {GenerationId} cannot be stored yet")]
    private partial void LogEndRefused(Exception exception, Guid generationId);
}
