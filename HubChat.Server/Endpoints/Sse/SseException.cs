namespace HubChat.Server.Endpoints.Sse;

/// <summary>A request that this door refuses.</summary>
internal sealed class SseException(SseError error) : Exception(error.Message)
{
    public SseError Error => error;

    /// <param name="code">The stable code.</param>
    /// <param name="param">What is wrong, as a path.</param>
    /// <param name="message">The rule that it breaks.</param>
    public static SseException Invalid(string code, string? param, string message) =>
        new(new SseError(StatusCodes.Status400BadRequest, code, message, param));
}
