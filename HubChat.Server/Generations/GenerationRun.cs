using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Models;
using HubChat.Server.Text;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Generations;

/// <summary>
/// One attempt at a reply: sets its tokens aside, asks the model, shows the text as it comes, keeps a checkpoint, and says how it ended.
/// It writes no end itself: that is one transaction of <see cref="ReplyCompletion"/>.
/// </summary>
internal sealed partial class GenerationRun(
    Generation generation, ReplyText text, AssistantModel? model, PromptBuilder prompts, IGenerationStore store, UsageLimits limits,
    GenerationOptions options, TimeProvider time, ILogger<GenerationRun> logger)
{
    private readonly SurrogateHold _surrogates = new();
    private long? _lastFlushAt;
    private long _lastCheckpointAt;

    /// <summary>What it has come to.</summary>
    public CallFigures Figures { get; private set; } = CallFigures.None with { Model = model?.Name };

    /// <summary>The reply's own temperature or that of its chat, if there is one.</summary>
    public float? Temperature { get; init; }

    /// <param name="cancellationToken">Cancelled when the reply is stopped or the server ends; the caller knows which.</param>
    public async Task<ReplyOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (model is null)
        {
            return ReplyOutcome.Broken(ModelException.Unavailable, hasText: false);
        }

        try
        {
            _lastCheckpointAt = time.GetTimestamp();
            return await AskAsync(model, cancellationToken);
        }
        catch (ModelException failure)
        {
            logger.LogModelFailed(generation.Id.Value, model.Name, failure.Code, failure.Message, failure.RequestId);
            return ReplyOutcome.Broken(failure.Code, text.HasNew, time.GetUtcNow() + failure.RetryAfter);
        }
        catch (ChatException refusal) when (refusal.Code == UsageLimits.Exceeded)
        {
            return ReplyOutcome.Broken(refusal.Code, text.HasNew, time.GetUtcNow() + refusal.RetryAfter);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            // The chat was deleted.
            return ReplyOutcome.Lost;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is not Realtime.StaleEpochException)
        {
            // A fault of ours: people who wait are told that there will be no more.
            LogRunFailed(exception, generation.Id.Value);
            return ReplyOutcome.Broken(ModelException.Failed, text.HasNew);
        }
        finally
        {
            text.Add(_surrogates.Rest());
        }
    }

    private async Task<ReplyOutcome> AskAsync(AssistantModel chosen, CancellationToken cancellationToken)
    {
        var subject = generation.Subject;
        var (output, context) = limits.Cap(subject, chosen.MaxOutputTokens, chosen.ContextTokens);
        var prompt = await prompts.BuildAsync(generation, Math.Max(context - output, 1), cancellationToken);
        var input = TokenEstimate.Of(prompt);
        await using var tokens = await limits.ReserveAsync(subject, input, output, cancellationToken);
        var chatOptions = new Microsoft.Extensions.AI.ChatOptions
        {
            ModelId = chosen.Name,
            MaxOutputTokens = (int)Math.Min(output, tokens.Tokens - input ?? output),
            Temperature = Temperature,
        };
        await using var stream = new ModelStream(chosen, prompt, chatOptions, options.Timers.With(chosen.Timeouts), time, cancellationToken);
        try
        {
            return await ReadAsync(stream, cancellationToken);
        }
        finally
        {
            Figures = stream.Figures;
            await tokens.SettleAsync(Figures.Tokens);
        }
    }

    private async Task<ReplyOutcome> ReadAsync(ModelStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await stream.MoveNextAsync(NextDue(), cancellationToken))
            {
                case false:
                    return End(stream.FinishReason);
                case true when !Take(stream.Current.Text):
                    return new ReplyOutcome(ReplyState.Done, FinishReason: ChatFinishReason.Length.Value);
            }

            if (!await KeepUpAsync(cancellationToken))
            {
                return ReplyOutcome.Lost;
            }
        }
    }

    /// <summary>Adds a piece; false when the reply has reached its longest.</summary>
    private bool Take(string piece)
    {
        if (piece.Length == 0)
        {
            return true;
        }

        var shown = _surrogates.Take(piece);
        var room = options.MaxOutputLength - text.Length;
        if (shown.Length < room)
        {
            text.Add(shown);
            return true;
        }

        text.Add(TextRules.Head(shown, Math.Max(room, 0)));
        return false;
    }

    /// <summary>Shows text that is due and stores a checkpoint that is due; false when the attempt has lost the reply.</summary>
    private async Task<bool> KeepUpAsync(CancellationToken cancellationToken)
    {
        if (text.HasUnsent && UntilFlush() <= TimeSpan.Zero)
        {
            await text.FlushAsync(cancellationToken);
            _lastFlushAt = time.GetTimestamp();
        }

        if (time.GetElapsedTime(_lastCheckpointAt) < options.CheckpointInterval)
        {
            return true;
        }

        _lastCheckpointAt = time.GetTimestamp();
        try
        {
            return await store.CheckpointAsync(generation, text.ToString(), cancellationToken);
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.Busy or ChatError.StorageFull)
        {
            // People are reading this reply; that it cannot be stored now is no reason to end it. The next checkpoint tries again.
            LogCheckpointRefused(refusal, generation.Id.Value);
            return true;
        }
    }

    private TimeSpan NextDue()
    {
        var due = options.CheckpointInterval - time.GetElapsedTime(_lastCheckpointAt);
        due = text.HasUnsent && UntilFlush() is var flush && flush < due ? flush : due;
        return due > TimeSpan.Zero ? due : TimeSpan.Zero;
    }

    /// <summary>The first text is never held: nothing was shown within the window before it.</summary>
    private TimeSpan UntilFlush() =>
        _lastFlushAt is { } lastFlushAt ? options.DeltaWindow - time.GetElapsedTime(lastFlushAt) : TimeSpan.Zero;

    private ReplyOutcome End(ChatFinishReason? finishReason) =>
        finishReason == ChatFinishReason.ContentFilter ? ReplyOutcome.Broken("content_filter", text.HasNew)
        : !text.HasNew ? ReplyOutcome.Broken("empty_reply", hasText: false) with { FinishReason = finishReason?.Value }
        : new ReplyOutcome(ReplyState.Done, FinishReason: finishReason?.Value);

    [LoggerMessage(LogLevel.Error, "Generation {GenerationId} broke off")]
    private partial void LogRunFailed(Exception exception, Guid generationId);

    [LoggerMessage(LogLevel.Warning, "A checkpoint of generation {GenerationId} cannot be stored now")]
    private partial void LogCheckpointRefused(Exception exception, Guid generationId);
}
