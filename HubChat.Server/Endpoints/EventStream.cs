using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace HubChat.Server.Endpoints;

/// <summary>
/// Server-sent events (HTML standard, section 9.2). The headers go out with the first of them or when asked for, so that what fails before
/// still has a status of its own. What is flushed is on its way; the next event is only asked for when the client has room for it.
/// </summary>
internal sealed class EventStream(HttpContext context, TimeSpan pingInterval, TimeProvider time)
{
    // What is at hand already goes out in pieces of about this size.
    private const int FlushBytes = 16 * 1_024;

    private long _writtenAt = time.GetTimestamp();
    private int _unflushed;

    /// <summary>Whether something was written; then the answer cannot become another one.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>How long it may stay silent from now.</summary>
    public TimeSpan UntilPing
    {
        get
        {
            var left = pingInterval - time.GetElapsedTime(_writtenAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Sends the headers if they are not sent: the client is to know that it will be answered.</summary>
    public async Task StartAsync()
    {
        if (!HasBegun)
        {
            Begin();
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>Writes an event; it may wait for the next flush.</summary>
    /// <param name="data">One line, without a line break.</param>
    /// <param name="name">What is named in an <c>event</c> field; null for none.</param>
    /// <param name="id">What <c>Last-Event-ID</c> will say; null for none.</param>
    public async Task WriteAsync(ReadOnlyMemory<byte> data, string? name = null, long? id = null)
    {
        Begin();
        var body = context.Response.BodyWriter;
        if (name is not null)
        {
            Add(body, Encoding.UTF8.GetBytes($"event: {name}\n"));
        }

        if (id is not null)
        {
            Add(body, Encoding.UTF8.GetBytes($"id: {id}\n"));
        }

        Add(body, "data: "u8);
        Add(body, data.Span);
        Add(body, "\n\n"u8);
        if (_unflushed >= FlushBytes)
        {
            await FlushAsync();
        }
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task FlushAsync()
    {
        if (_unflushed > 0)
        {
            _unflushed = 0;
            _writtenAt = time.GetTimestamp();
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>A comment: shows that the stream lives, and is no event.</summary>
    public Task PingAsync()
    {
        Begin();
        Add(context.Response.BodyWriter, ": ping\n\n"u8);
        return FlushAsync();
    }

    /// <summary>The last word, as OpenAI's and ChatGPT's clients know it.</summary>
    public async Task EndAsync()
    {
        await WriteAsync("[DONE]"u8.ToArray());
        await FlushAsync();
    }

    private void Add(PipeWriter body, ReadOnlySpan<byte> bytes)
    {
        body.Write(bytes);
        _unflushed += bytes.Length;
    }

    private void Begin()
    {
        var response = context.Response;
        if (HasBegun)
        {
            return;
        }

        HasBegun = true;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
