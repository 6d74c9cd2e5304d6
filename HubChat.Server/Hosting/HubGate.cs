using HubChat.Server.Diagnostics;
using HubChat.Server.Endpoints;
using HubChat.Server.Errors;
using HubChat.Server.Limits;

namespace HubChat.Server.Hosting;

/// <summary>
/// A node that drains, or is short of memory, takes no new hub connections; those it has go on. It stands before signing in, so that the ticket
/// of a WebSocket that is refused here is still good at the next node.
/// </summary>
internal sealed class HubGate(RequestDelegate next, ServerState server, MemoryGate memory)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/hubs"))
        {
            return next(context);
        }

        if (Begins(context.Request))
        {
            return server.IsDraining ? throw ChatException.Draining()
                : memory.IsTight ? throw ChatException.ShortOfMemory()
                : next(context);
        }

        if (!server.IsDraining)
        {
            return next(context);
        }

        // A connection that is not here was negotiated with another node, when this one had refused it: a proxy goes on looking there.
        context.Response.OnStarting(() =>
        {
            if (context.Response.StatusCode == StatusCodes.Status404NotFound && ChatException.Draining() is { RetryAfter: { } after })
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.SetRetryAfter(after);
            }

            return Task.CompletedTask;
        });
        return next(context);
    }

    /// <summary>Whether it asks for a connection, or for the transport of one; long polls cannot be told apart, and go on.</summary>
    private static bool Begins(HttpRequest request) =>
        request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase)
        || HttpMethods.IsConnect(request.Method)
        || request.Headers.Upgrade.Count > 0
        || (HttpMethods.IsGet(request.Method) && $"{request.Headers.Accept}".Contains("text/event-stream", StringComparison.OrdinalIgnoreCase));
}
