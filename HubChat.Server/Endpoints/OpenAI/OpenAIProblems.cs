using System.Globalization;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Under this door's root, everything that would be problem details anywhere else takes OpenAI's shape.</summary>
internal sealed class OpenAIProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments(OpenAIEndpoints.Root);

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var code = problem.Extensions.TryGetValue("code", out var value) ? value as string : null;
        TimeSpan? retryAfter = int.TryParse(http.Response.Headers.RetryAfter.ToString(), CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
        return new(OpenAIErrors.Of(problem.Status ?? http.Response.StatusCode, code, problem.Detail, retryAfter).WriteAsync(http));
    }
}
