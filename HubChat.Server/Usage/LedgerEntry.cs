using HubChat.Server.Ids;

namespace HubChat.Server.Usage;

/// <summary>
/// One call of a model: on whose account, what it used and cost, and how it ended. Entries are written once and outlive the chat and the
/// account; there is no text in them.
/// </summary>
internal sealed class LedgerEntry
{
    public const int MaxRequestIdLength = 128;

    public required Guid Id { get; init; }

    public required CallKind Kind { get; init; }

    /// <summary>A reply that is begun anew has an entry for each attempt.</summary>
    public required GenerationId GenerationId { get; init; }

    /// <summary>0 when it ended without its turn.</summary>
    public required int Attempt { get; init; }

    public required UserId AskerId { get; init; }

    public SessionId? KeyId { get; init; }

    public ChatId? ChatId { get; init; }

    /// <summary>Null when no model was there to call.</summary>
    public string? Model { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    /// <summary>Whether the tokens are our estimate, because the model did not say or did not come to its end.</summary>
    public required bool IsEstimate { get; init; }

    /// <summary>In billionths of the currency the prices are given in.</summary>
    public required long CostNanos { get; init; }

    /// <summary>The wire name of the final state: <c>done</c>, <c>stopped</c>, <c>failed</c> or <c>interrupted</c>.</summary>
    public required string State { get; init; }

    public string? ErrorCode { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>The UTC day of <see cref="EndedAt"/>: what reports add up by.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Milliseconds from its turn to its end.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Milliseconds from the call to the first piece of the answer; null when none came.</summary>
    public long? FirstTokenMs { get; init; }

    /// <summary>How the model's server calls the request, to ask there.</summary>
    public string? UpstreamRequestId { get; init; }

    /// <summary>The entry of a call that has ended.</summary>
    /// <param name="call">Which.</param>
    /// <param name="figures">What it came to.</param>
    /// <param name="state">The wire name of its final state.</param>
    /// <param name="errorCode">Why it did not end well.</param>
    /// <param name="now">When it ended.</param>
    public static LedgerEntry Of(LedgerCall call, CallFigures figures, string state, string? errorCode, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Kind = call.Kind,
        GenerationId = call.Id,
        Attempt = call.Attempt,
        AskerId = call.Subject.User,
        KeyId = call.Subject.Key,
        ChatId = call.Subject.Chat,
        Model = figures.Model,
        InputTokens = figures.InputTokens,
        OutputTokens = figures.OutputTokens,
        IsEstimate = figures.IsEstimate,
        CostNanos = figures.CostNanos,
        State = state,
        ErrorCode = errorCode,
        AskedAt = call.AskedAt,
        EndedAt = now,
        Day = DateOnly.FromDateTime(now.UtcDateTime),
        DurationMs = call.StartedAt is { } startedAt ? Math.Max(0, (long)(now - startedAt).TotalMilliseconds) : 0,
        FirstTokenMs = (long?)figures.FirstToken?.TotalMilliseconds,
        UpstreamRequestId = figures.RequestId,
    };
}

/// <summary>A call as the ledger knows it.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Id">The reply, or the call itself.</param>
/// <param name="Attempt">Which attempt at it; 0 before its turn.</param>
/// <param name="Subject">On whose account.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="StartedAt">When its turn came; null when it never did.</param>
internal sealed record LedgerCall(
    CallKind Kind, GenerationId Id, int Attempt, UsageSubject Subject, DateTimeOffset AskedAt, DateTimeOffset? StartedAt);
