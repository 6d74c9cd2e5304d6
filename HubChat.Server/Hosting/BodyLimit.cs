using Microsoft.AspNetCore.Http.Features;

namespace HubChat.Server.Hosting;

/// <summary>
/// Looks for a body that says it is over the limit. It is refused by <see cref="BodyRefusal"/>, after the caller was asked for a token,
/// and still read: a server that closes while its client sends takes the answer with it (RFC 9112, section 9.6). One in chunks is refused
/// by who reads it, as soon as it is over the limit, and the rest is read by Kestrel. What does not end soon is cut off all the same.
/// </summary>
internal sealed class BodyLimit(RequestDelegate next, TimeProvider time)
{
    private const long MaxDiscardedBytes = 64 * 1_024 * 1_024;
    private static readonly TimeSpan DiscardWithin = TimeSpan.FromSeconds(10);

    public async Task InvokeAsync(HttpContext context)
    {
        var isInChunks = context.Request.ContentLength is null && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        if (isInChunks)
        {
            context.Response.OnStarting(CloseAfterRefusal, context.Response);
        }

        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is not { IsReadOnly: false, MaxRequestBodySize: { } most } || !(isInChunks || context.Request.ContentLength > most))
        {
            await next(context);
            return;
        }

        // Kestrel would refuse to read it.
        limit.MaxRequestBodySize = MaxDiscardedBytes;
        if (isInChunks)
        {
            context.Request.Body = new LimitedBody(context.Request.Body, most);
            await next(context);
            return;
        }

        context.Response.Headers.Connection = "close";
        context.Features.Set(new BodyOverLimit(most));
        await next(context);
        if (!context.Response.HasStarted)
        {
            // Refused for something else; what there is to say of that is written later.
            return;
        }

        await context.Response.CompleteAsync();
        if (context.Request.ContentLength <= MaxDiscardedBytes)
        {
            await DiscardAsync(context);
        }
    }

    /// <summary>
    /// How much of a body in chunks is still to come when it is refused, for whatever reason, nobody knows. Kestrel closes after one that does
    /// not end soon; the client must hear of it.
    /// </summary>
    private static Task CloseAfterRefusal(object state)
    {
        var response = (HttpResponse)state;
        if (response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }

    private async Task DiscardAsync(HttpContext context)
    {
        using var late = new CancellationTokenSource(DiscardWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client has had its answer.
        }
    }
}

/// <param name="Limit">What it may hold, in bytes.</param>
internal sealed record BodyOverLimit(long Limit);
