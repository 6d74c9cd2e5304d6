using HubChat.Server.Diagnostics;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>An error before a stream begins (docs/protocol/sse.md).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Param">The member, parameter or header that is wrong.</param>
internal sealed record SseError(int Status, string Code, string Message, string? Param = null)
{
    /// <summary>When the same request may succeed, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Answers with it; the answer must not have begun.</summary>
    public Task WriteAsync(HttpContext context)
    {
        HubTelemetry.Refused(SseEndpoints.Door, Code);
        context.Response.StatusCode = Status;
        if (Status == StatusCodes.Status401Unauthorized)
        {
            // RFC 9110, section 15.5.2: it is always there.
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (RetryAfter is { } after)
        {
            context.Response.SetRetryAfter(after);
        }

        return context.Response.WriteAsJsonAsync(new ErrorResponse(new ErrorDetail(Code, Message, Param)), SseJson.Options, context.RequestAborted);
    }
}

internal sealed record ErrorResponse(ErrorDetail Detail);

internal sealed record ErrorDetail(string Code, string Message, string? Param);
