using HubChat.Server.Models;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Answers what only this door knows how to say: which member of a request is wrong, and why a model did not answer.</summary>
internal sealed class OpenAIErrorFilter : IEndpointFilter
{
    // When a queue is full, the first of it may be done in a moment.
    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var response = context.HttpContext.Response;
        try
        {
            return await next(context);
        }
        catch (OpenAIException refusal) when (!response.HasStarted)
        {
            await refusal.Error.WriteAsync(context.HttpContext);
        }
        catch (ModelException failure) when (!response.HasStarted)
        {
            if ((failure.RetryAfter ?? (failure.Code == ModelException.Busy ? BusyFor : null)) is { } after)
            {
                response.SetRetryAfter(after);
            }

            await OpenAIErrors.Of(failure).WriteAsync(context.HttpContext);
        }

        return Results.Empty;
    }
}
