namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>A request that this door refuses, with the member that is wrong.</summary>
internal sealed class OpenAIException(OpenAIError error) : Exception(error.Message)
{
    public OpenAIError Error => error;

    /// <param name="param">The member, as a path.</param>
    /// <param name="message">The rule that it breaks.</param>
    /// <param name="code">The stable code.</param>
    public static OpenAIException Invalid(string? param, string message, string code = "invalid_request") =>
        new(new OpenAIError(StatusCodes.Status400BadRequest, code, message, param));

    /// <param name="param">The member, as a path.</param>
    /// <param name="message">What this server does not do.</param>
    public static OpenAIException Unsupported(string param, string message) => Invalid(param, message, "unsupported_value");

    public static OpenAIException ModelNotFound() =>
        new(new OpenAIError(StatusCodes.Status404NotFound, "model_not_found", "There is no such model, or it is not yours to use.", "model"));
}
