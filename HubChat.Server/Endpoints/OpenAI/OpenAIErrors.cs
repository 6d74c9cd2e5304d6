using HubChat.Server.Errors;
using HubChat.Server.Models;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>What went wrong, in OpenAI's words where it has words for it. Nothing of what a model's server said is repeated.</summary>
internal static class OpenAIErrors
{
    public const string InsufficientQuota = "insufficient_quota";

    // A minute's limit is over within little more than a minute; a day's budget mostly is not.
    private static readonly TimeSpan LongestMinute = TimeSpan.FromMinutes(2);

    /// <summary>For what the rest of the server refuses: a status, mostly with our code and a sentence.</summary>
    public static OpenAIError Of(int status, string? code, string? message, TimeSpan? retryAfter) => status switch
    {
        StatusCodes.Status401Unauthorized => new(status, "invalid_api_key", "Give an API key of this server: Authorization: Bearer hc_…"),
        StatusCodes.Status403Forbidden when code is null => MissingScope("models"),
        StatusCodes.Status404NotFound => new(status, code ?? "not_found", message ?? "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", message ?? "This address does not know the method."),
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupported_media_type", "The body must be JSON (application/json)."),
        StatusCodes.Status429TooManyRequests => new(
            status, IsDayBudget(code, retryAfter) ? InsufficientQuota : "rate_limit_exceeded", message ?? "Too many calls. Go on in a moment."),
        >= 500 => new(status, code ?? "internal", message ?? "Something went wrong at the server."),
        _ => new(status, code ?? "invalid_request", message ?? "The request does not fit."),
    };

    public static OpenAIError MissingScope(string scope) =>
        new(StatusCodes.Status403Forbidden, "missing_scope", $"This API key lacks the scope {scope}.");

    public static OpenAIError Of(ModelException failure) => new(StatusOf(failure), failure.Code, ReplyErrorTexts.Of(failure.Code));

    /// <summary>For what breaks a stream; null is a fault of the server.</summary>
    public static OpenAIError? Of(Exception exception) => (DatabaseFailures.Translate(exception) ?? exception) switch
    {
        OpenAIException refusal => refusal.Error,
        ModelException failure => Of(failure),
        ChatException refusal => Of(StatusOf(refusal), refusal.Code, refusal.Message, refusal.RetryAfter),
        _ => null,
    };

    private static int StatusOf(ModelException failure) => failure.Code switch
    {
        ModelException.Busy or ModelException.Unavailable or "server_stopped" => StatusCodes.Status503ServiceUnavailable,
        ModelException.ContextLength => StatusCodes.Status400BadRequest,
        ModelException.FirstTokenTimeout or ModelException.Stalled or ModelException.TimeLimit => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status502BadGateway,
    };

    /// <summary>The stream's status is long sent; what remains of it is the type of the error.</summary>
    private static int StatusOf(ChatException refusal) => refusal.Error switch
    {
        ChatError.LimitReached => StatusCodes.Status429TooManyRequests,
        ChatError.Busy or ChatError.StorageFull => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status404NotFound,
    };

    private static bool IsDayBudget(string? code, TimeSpan? retryAfter) => code == "quota_exceeded" && retryAfter > LongestMinute;
}
