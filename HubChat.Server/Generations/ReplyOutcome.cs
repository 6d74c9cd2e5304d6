using HubChat.Server.Chats;

namespace HubChat.Server.Generations;

/// <summary>How a run of a reply ended.</summary>
internal sealed record ReplyOutcome(ReplyState State, string? ErrorCode = null, string? FinishReason = null, DateTimeOffset? RetryAt = null)
{
    /// <summary>The attempt lost the reply to another one; nothing may be written any more.</summary>
    public static readonly ReplyOutcome Lost = new(ReplyState.Running);

    /// <summary>This server stops; the reply goes back to the queue.</summary>
    public static readonly ReplyOutcome Released = new(ReplyState.Queued);

    /// <summary>A failure before the first text is a failed reply; after it, what there is stays as an interrupted one.</summary>
    public static ReplyOutcome Broken(string errorCode, bool hasText, DateTimeOffset? retryAt = null) =>
        new(hasText ? ReplyState.Interrupted : ReplyState.Failed, errorCode, RetryAt: retryAt);
}
