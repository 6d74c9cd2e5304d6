namespace HubChat.Client.Sample.Contract;

internal sealed record Message(string Id, long Seq, string Role, string Text, string State, DateTimeOffset CreatedAt)
{
    public string? AuthorId { get; init; }
    public string? AuthorName { get; init; }
    public string? ClientMessageId { get; init; }
    public string? EditOf { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public string? GenerationId { get; init; }
    public string? AskerId { get; init; }
    public string? StoppedBy { get; init; }
    public ReplyError? Error { get; init; }

    public bool IsReply => Role == "assistant";
    public bool IsUnfinished => State is "queued" or "running";
}

internal sealed record ReplyError(string Code, string? Message = null, DateTimeOffset? RetryAt = null)
{
    /// <summary>What people are told, with the time of their own clock.</summary>
    public string Words => (Message ?? Code) + (RetryAt is { } at ? $" Again from {at.ToLocalTime():yyyy-MM-dd HH:mm:ss}." : "");
}

internal sealed record MessagePage(IReadOnlyList<Message> Messages, bool HasMore);

internal sealed record PostRequest(string ChatId, string Text, string ClientMessageId);

internal sealed record PostResult(string MessageId, long Seq, string? ReplyId = null, string? GenerationId = null);

internal sealed record MessageRequest(string ChatId, string MessageId);

internal sealed record GetMessagesRequest(string ChatId, long? BeforeSeq = null, int? Limit = null);

internal sealed record SearchMessagesRequest(string Query, int? Limit = null);

internal sealed record SearchPage(IReadOnlyList<SearchHit> Hits, string? Next = null);

internal sealed record SearchHit(string ChatTitle, string AuthorName, Snippet Snippet);

internal sealed record Snippet(string Text);

internal sealed record StopResult(string State);
