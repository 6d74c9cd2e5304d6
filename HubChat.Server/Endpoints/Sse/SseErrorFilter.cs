using HubChat.Server.Errors;
using HubChat.Server.Generations;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Gives refusals this door's shape while the answer has not begun.</summary>
internal sealed class SseErrorFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        catch (SseException refusal) when (!http.Response.HasStarted)
        {
            await refusal.Error.WriteAsync(http);
        }
        catch (EntriesGoneException) when (!http.Response.HasStarted)
        {
            await SseErrors.StreamExpired().WriteAsync(http);
        }
        catch (Exception exception) when (!http.Response.HasStarted && DatabaseFailures.Translate(exception) is { } refusal)
        {
            await SseErrors.Of(refusal).WriteAsync(http);
        }

        return Results.Empty;
    }
}
