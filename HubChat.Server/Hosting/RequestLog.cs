using System.Diagnostics;

namespace HubChat.Server.Hosting;

/// <summary>One line per request, without query strings: tokens of hub connections stand there. And the request's id for whoever asks.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // At the last moment: what handles an exception clears the answer first.
        context.Response.OnStarting(AddRequestId, context);
        var startedAt = Stopwatch.GetTimestamp();
        await next(context);
        LogRequest(
            context.TraceIdentifier, context.Request.Method, Escape(context.Request.Path), context.Response.StatusCode,
            (long)Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
    }

    private static Task AddRequestId(object state)
    {
        var context = (HttpContext)state;
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        return Task.CompletedTask;
    }

    // A path may hold line breaks and terminal codes once it is decoded.
    private static string Escape(PathString path) => path.ToUriComponent();

    [LoggerMessage(LogLevel.Debug, "{RequestId} {Method} {Path} → {StatusCode} in {ElapsedMs} ms")]
    private partial void LogRequest(string requestId, string method, string path, int statusCode, long elapsedMs);
}
