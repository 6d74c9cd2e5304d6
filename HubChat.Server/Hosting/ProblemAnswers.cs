namespace HubChat.Server.Hosting;

internal static class ProblemAnswers
{
    /// <summary>Answers with problem details (RFC 9457).</summary>
    /// <param name="problems">Writes them.</param>
    /// <param name="context">The request; its answer must not have begun.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">The stable code.</param>
    /// <param name="detail">A sentence for people.</param>
    public static ValueTask WriteAsync(this IProblemDetailsService problems, HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;

        // A refusal has one shape. Asked for another, such as an event stream, the service would throw instead of writing it.
        context.Request.Headers.Accept = default;
        return problems.WriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = { Status = status, Detail = detail, Extensions = { ["code"] = code } },
        });
    }
}
