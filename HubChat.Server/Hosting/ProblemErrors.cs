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

        var (status, code, detail) = exception switch
        {
            ChatException refusal => (StatusOf(refusal.Error), refusal.Code, refusal.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                (StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is over the limit."),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
                (StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be application/json."),
            BadHttpRequestException bad => (bad.StatusCode, "invalid_request", "The request does not fit: malformed JSON, or a member is missing, unknown, repeated, nested too deeply or of the wrong type."),
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } or { InnerException: SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } } =>
                (StatusCodes.Status507InsufficientStorage, "storage_full", ChatException.StorageFull().Message),
            _ => (StatusCodes.Status500InternalServerError, "internal", "Something went wrong at the server."),
        };
        if (status == StatusCodes.Status500InternalServerError)
        {
            LogFailed(exception, httpContext.TraceIdentifier);
        }

        if (exception is ChatException { RetryAfter: { } after })
        {
            httpContext.Response.Headers.RetryAfter = Math.Ceiling(Math.Max(after.TotalSeconds, 1)).ToString(System.Globalization.CultureInfo.InvariantCulture);
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

    /// <summary>The code of a status that no handler of ours chose.</summary>
    public static string CodeOf(int? status) => status switch
    {
        StatusCodes.Status401Unauthorized => "not_signed_in",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status413PayloadTooLarge => "body_too_large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported_media_type",
        StatusCodes.Status429TooManyRequests => "rate_limited",
        StatusCodes.Status503ServiceUnavailable => "busy",
        >= 500 => "internal",
        _ => "invalid_request",
    };

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed")]
    private partial void LogFailed(Exception exception, string requestId);
}
