namespace HubChat.Server.Errors;

/// <summary>An expected refusal. Nothing has been changed. Each door translates it once, into its own shape.</summary>
/// <param name="error">The kind.</param>
/// <param name="code">The stable code, the same at every door (see docs/protocol/hub.md §2).</param>
/// <param name="message">A sentence for people.</param>
internal sealed class ChatException(ChatError error, string code, string message) : Exception(message)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    public ChatError Error { get; } = error;

    public string Code { get; } = code;

    /// <summary>When the same call may succeed, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ChatException NotFound(string what) => new(ChatError.NotFound, "not_found", $"There is no such {what}, or it is not yours to see.");

    public static ChatException Forbidden(string message) => new(ChatError.Forbidden, "forbidden", message);

    public static ChatException Conflict(string code, string message) => new(ChatError.Conflict, code, message);

    public static ChatException Invalid(string code, string message) => new(ChatError.Invalid, code, message);

    public static ChatException InvalidRequest(string message) => new(ChatError.Invalid, "invalid_request", message);

    public static ChatException NotSignedIn() => new(ChatError.NotSignedIn, "not_signed_in", "Sign in first.");

    public static ChatException LimitReached(string code, string message) => new(ChatError.LimitReached, code, message);

    public static ChatException RateLimited(TimeSpan? retryAfter) => new(
        ChatError.LimitReached,
        "rate_limited",
        retryAfter is { } after ? $"Too many calls. Go on in {Math.Ceiling(after.TotalSeconds)} s." : "Too many calls. Go on in a moment.")
    {
        RetryAfter = retryAfter,
    };

    public static ChatException Busy() => new(ChatError.Busy, "busy", "The database is busy. Try again in a moment.")
    {
        RetryAfter = Moment,
    };

    public static ChatException Unwritable() => new(
        ChatError.Busy, "busy", "The database cannot be written to until the server is started again. Reading still works.")
    {
        RetryAfter = Moment,
    };

    public static ChatException ShortOfMemory() => new(ChatError.Busy, "busy", "The server is short of memory. Try again in a moment.")
    {
        RetryAfter = Moment,
    };

    public static ChatException Draining() => new(ChatError.Busy, "draining", "This server is shutting down and takes no new replies or connections. Try again in a moment.")
    {
        RetryAfter = Moment,
    };

    public static ChatException StorageFull() => new(ChatError.StorageFull, "storage_full", "The disk is full. Reading still works.");
}
