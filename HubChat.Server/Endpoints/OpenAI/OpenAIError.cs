using HubChat.Server.Diagnostics;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>An error in OpenAI's shape.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">OpenAI's code where there is one, else ours.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Param">The member of the request that is wrong.</param>
internal sealed record OpenAIError(int Status, string Code, string Message, string? Param = null)
{
    private string Type => Status switch
    {
        StatusCodes.Status429TooManyRequests when Code == OpenAIErrors.InsufficientQuota => OpenAIErrors.InsufficientQuota,
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    public ErrorResponse ToResponse() => new(new ErrorItem(Message, Type, Param, Code));

    /// <summary>Answers with it; the answer must not have begun.</summary>
    public Task WriteAsync(HttpContext context)
    {
        HubTelemetry.Refused("openai", Code);
        context.Response.StatusCode = Status;
        return context.Response.WriteAsJsonAsync(ToResponse(), OpenAIJson.Options, context.RequestAborted);
    }
}
