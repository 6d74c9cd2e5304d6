namespace HubChat.Server.Hosting;

/// <summary>Refuses what <see cref="BodyLimit"/> has found.</summary>
internal sealed class BodyRefusal(RequestDelegate next, IProblemDetailsService problems)
{
    public Task InvokeAsync(HttpContext context) => context.Features.Get<BodyOverLimit>() is { Limit: var most }
        ? problems.WriteAsync(
            context, StatusCodes.Status413PayloadTooLarge, "body_too_large", $"The body is over the limit of {most} bytes.").AsTask()
        : next(context);
}
