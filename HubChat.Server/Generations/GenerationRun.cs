using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Generations.Models;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Generations;

/// <summary>
/// One attempt at a reply: asks the model, shows the text as it comes, keeps a checkpoint, and says how it ended. It writes no end
/// itself: that is one transaction of <see cref="ReplyCompletion"/>.
/// </summary>
internal sealed partial class GenerationRun(
    Generation generation, ReplyText text, AssistantModel? model, PromptBuilder prompts, IGenerationStore store, GenerationOptions options,
    TimeProvider time, ILogger<GenerationRun> logger)
{
    private readonly SurrogateHold _surrogates = new();
    private long _startedAt;
    private long _lastPieceAt;
    private long? _lastFlushAt;
    private long _lastCheckpointAt;

    public UsageDetails? Usage { get; private set; }

    public string? ModelName => model?.Name;

    /// <param name="cancellationToken">Cancelled when the reply is stopped or the server ends; the caller knows which.</param>
    public async Task<ReplyOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (model is null)
        {
            return ReplyOutcome.Broken("model_unavailable", hasText: false);
        }

        try
        {
            _startedAt = _lastPieceAt = _lastCheckpointAt = time.GetTimestamp();
            var prompt = await prompts.BuildAsync(generation, model, cancellationToken);
            await using var stream = new ModelStream(model.Client, prompt, ChatOptionsFor(model), time, cancellationToken);
            return await ReadAsync(stream, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is not Realtime.StaleEpochException)
        {
            // What an engine says may hold addresses, keys or prompts: it is for the log, never for people.
            LogModelFailed(exception, generation.Id.Value, model.Name);
            return ReplyOutcome.Broken("model_error", text.HasNew);
        }
        finally
        {
            text.Add(_surrogates.Rest());
        }
    }

    private async Task<ReplyOutcome> ReadAsync(ModelStream stream, CancellationToken cancellationToken)
    {
        string? finishReason = null;
        while (true)
        {
            var moved = await stream.MoveNextAsync(NextDue(), cancellationToken);
            if (moved is false)
            {
                return text.HasNew ? End(finishReason)
                    : finishReason == ChatFinishReason.ContentFilter.Value ? ReplyOutcome.Broken("content_filter", hasText: false)
                    : ReplyOutcome.Broken("empty_reply", hasText: false);
            }

            if (moved is true)
            {
                var update = stream.Current;
                finishReason = update.FinishReason?.Value ?? finishReason;
                Usage = update.Contents.OfType<UsageContent>().LastOrDefault()?.Details ?? Usage;
                if (!Take(update.Text))
                {
                    return new ReplyOutcome(ReplyState.Done, FinishReason: ChatFinishReason.Length.Value);
                }
            }

            if (Overdue() is { } errorCode)
            {
                return ReplyOutcome.Broken(errorCode, text.HasNew);
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

        _lastPieceAt = time.GetTimestamp();
        var shown = _surrogates.Take(piece);
        var room = options.MaxOutputLength - text.Length;
        if (shown.Length < room)
        {
            text.Add(shown);
            return true;
        }

        var cut = room > 0 && char.IsHighSurrogate(shown[room - 1]) ? room - 1 : Math.Max(room, 0);
        text.Add(shown[..cut]);
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
            return await store.CheckpointAsync(generation, text.ToString(), time.GetUtcNow() + options.Lease, cancellationToken);
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
        var due = Min(
            options.CheckpointInterval - time.GetElapsedTime(_lastCheckpointAt),
            Min(Silence() - time.GetElapsedTime(_lastPieceAt), options.TotalTimeout - time.GetElapsedTime(_startedAt)));
        due = text.HasUnsent ? Min(due, UntilFlush()) : due;
        return due > TimeSpan.Zero ? due : TimeSpan.Zero;
    }

    /// <summary>The first text is never held: nothing was shown within the window before it.</summary>
    private TimeSpan UntilFlush() =>
        _lastFlushAt is { } lastFlushAt ? options.DeltaWindow - time.GetElapsedTime(lastFlushAt) : TimeSpan.Zero;

    private string? Overdue() =>
        time.GetElapsedTime(_startedAt) >= options.TotalTimeout ? "time_limit"
        : time.GetElapsedTime(_lastPieceAt) < Silence() ? null
        : text.HasNew ? "stalled"
        : "first_token_timeout";

    private TimeSpan Silence() => text.HasNew ? options.TokenTimeout : options.FirstTokenTimeout;

    private static ReplyOutcome End(string? finishReason) =>
        finishReason == ChatFinishReason.ContentFilter.Value
            ? ReplyOutcome.Broken("content_filter", hasText: true)
            : new ReplyOutcome(ReplyState.Done, FinishReason: finishReason ?? ChatFinishReason.Stop.Value);

    private Microsoft.Extensions.AI.ChatOptions ChatOptionsFor(AssistantModel chosen) => new()
    {
        ModelId = chosen.Name,
        MaxOutputTokens = chosen.MaxOutputTokens,
        Temperature = Temperature,
    };

    /// <summary>The chat's own temperature, if it has one.</summary>
    public float? Temperature { get; init; }

    private static TimeSpan Min(TimeSpan first, TimeSpan second) => first < second ? first : second;

    [LoggerMessage(LogLevel.Warning, "Generation {GenerationId}: model {Model} failed")]
    private partial void LogModelFailed(Exception exception, Guid generationId, string model);

    [LoggerMessage(LogLevel.Warning, "A checkpoint of generation {GenerationId} cannot be stored now")]
    private partial void LogCheckpointRefused(Exception exception, Guid generationId);
}
