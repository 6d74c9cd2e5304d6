using HubChat.Server.Endpoints;
using HubChat.Server.Errors;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Data.Sqlite;

namespace HubChat.Server.Hosting;

/// <summary>Refusals of REST doors as problem details (RFC 9457) with a stable code; a fault of the server as an id and nothing else.</summary>
internal sealed partial class ProblemErrors(IProblemDetailsService problems, ILogger<ProblemErrors> logger) : IExceptionHandler
{
    private const int StatusClientClosedRequest = 499;

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusClientClosedRequest;
            return true;
        }

        exception = DatabaseFailures.Translate(exception) ?? exception;
        var (status, code, detail) = exception switch
        {
            ChatException refusal => (StatusOf(refusal.Error), refusal.Code, refusal.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge or StatusCodes.Status415UnsupportedMediaType } bad =>
                Plain(bad.StatusCode),
            BadHttpRequestException bad => (bad.StatusCode, "invalid_request", "The request does not fit: malformed JSON, or a member is missing, unknown, repeated, nested too deeply or of the wrong type."),
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } or { InnerException: SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } } =>
                (StatusCodes.Status507InsufficientStorage, "storage_full", ChatException.StorageFull().Message),
            _ => Plain(StatusCodes.Status500InternalServerError),
        };
        if (status == StatusCodes.Status500InternalServerError)
        {
            LogFailed(exception, httpContext.TraceIdentifier);
        }

        if (exception is ChatException { RetryAfter: { } after })
        {
            httpContext.Response.SetRetryAfter(after);
        }

        await problems.WriteAsync(httpContext, status, code, detail);
        return true;
    }

    public static int StatusOf(ChatError error) => error switch
    {
        ChatError.NotSignedIn => StatusCodes.Status401Unauthorized,
        ChatError.NotFound => StatusCodes.Status404NotFound,
        ChatError.Forbidden => StatusCodes.Status403Forbidden,
        ChatError.Conflict => StatusCodes.Status409Conflict,
        ChatError.Invalid => StatusCodes.Status400BadRequest,
        ChatError.LimitReached => StatusCodes.Status429TooManyRequests,
        ChatError.Busy => StatusCodes.Status503ServiceUnavailable,
        ChatError.StorageFull => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>What a status means that says nothing more than itself: the code, and a sentence for people.</summary>
    public static (string Code, string Detail) Of(int? status) => status switch
    {
        StatusCodes.Status401Unauthorized => ("not_signed_in", "Sign in first."),
        StatusCodes.Status403Forbidden => ("forbidden", "You may not do this."),
        StatusCodes.Status404NotFound => ("not_found", "There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "This address does not know the method."),
        StatusCodes.Status413PayloadTooLarge => ("body_too_large", "The body is over the limit."),
        StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", "The body must be JSON (application/json)."),
        StatusCodes.Status429TooManyRequests => ("rate_limited", "Too many calls. Go on in a moment."),
        StatusCodes.Status503ServiceUnavailable => ("busy", "The server is busy. Try again in a moment."),
        >= 500 => ("internal", "Something went wrong at the server."),
        _ => ("invalid_request", "The request does not fit."),
    };

    private static (int Status, string Code, string Detail) Plain(int status)
    {
        var (code, detail) = Of(status);
        return (status, code, detail);
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed")]
    private partial void LogFailed(Exception exception, string requestId);
}
