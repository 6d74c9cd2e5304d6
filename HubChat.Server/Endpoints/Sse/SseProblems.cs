namespace HubChat.Server.Endpoints.Sse;

/// <summary>Under this door's root, everything that would be problem details anywhere else takes this door's shape.</summary>
internal sealed class SseProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments(SseEndpoints.Root);

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var code = problem.Extensions.TryGetValue("code", out var value) ? value as string : null;
        return new(SseErrors.Of(problem.Status ?? http.Response.StatusCode, code, problem.Detail).WriteAsync(http));
    }
}
