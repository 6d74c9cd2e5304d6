namespace HubChat.Server.Models;

/// <summary>
/// A model could not answer. The message is for the log: it says what happened in our words and holds nothing that the model's server
/// said, no prompt and no key.
/// </summary>
/// <param name="code">The stable code that people are told (docs/protocol/hub.md §3), such as <c>model_error</c>.</param>
/// <param name="message">What happened.</param>
/// <param name="inner">The cause, if its own message is safe to log.</param>
internal sealed class ModelException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public const string Busy = "model_busy";
    public const string Failed = "model_error";
    public const string Unavailable = "model_unavailable";
    public const string FirstTokenTimeout = "first_token_timeout";
    public const string Stalled = "stalled";
    public const string TimeLimit = "time_limit";
    public const string ContextLength = "context_length_exceeded";

    public string Code { get; } = code;

    /// <summary>The HTTP status of the model's server; null when it gave none.</summary>
    public int? Status { get; init; }

    /// <summary>When the model's server said to come back.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How the model's server calls the request.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether the same request may succeed in a moment: the server was busy, or could not be reached.</summary>
    public bool IsTransient { get; init; }
}
