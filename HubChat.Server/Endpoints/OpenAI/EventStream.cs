using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>
/// Server-sent events (HTML standard, section 9.2). Each is written and flushed at once, and the next one is only asked for when the client
/// has room for it. The headers go out with the first of them, so that what fails before it still has a status of its own.
/// </summary>
internal sealed class EventStream(HttpContext context, TimeSpan pingInterval, TimeProvider time)
{
    private long _writtenAt = time.GetTimestamp();

    /// <summary>How long it may stay silent from now.</summary>
    public TimeSpan UntilPing
    {
        get
        {
            var left = pingInterval - time.GetElapsedTime(_writtenAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public Task WriteAsync<T>(T data, JsonSerializerOptions options) => WriteAsync("data: "u8, JsonSerializer.SerializeToUtf8Bytes(data, options));

    public Task PingAsync() => WriteAsync(": ping"u8, []);

    public Task EndAsync() => WriteAsync("data: [DONE]"u8, []);

    private Task<FlushResult> WriteAsync(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        if (!context.Response.HasStarted)
        {
            Begin(context.Response);
        }

        var body = context.Response.BodyWriter;
        body.Write(field);
        body.Write(value);
        body.Write("\n\n"u8);
        _writtenAt = time.GetTimestamp();
        return body.FlushAsync(context.RequestAborted).AsTask();
    }

    private void Begin(HttpResponse response)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
