namespace HubChat.Server.Generations;

/// <summary>The one line about a model that failed. What its server said is not in it: that may repeat the prompt or the key.</summary>
internal static partial class ModelFailures
{
    [LoggerMessage(LogLevel.Warning, "Generation {GenerationId}: model {Model} failed with {Code}: {Detail} (request {RequestId} there)")]
    public static partial void LogModelFailed(this ILogger logger, Guid generationId, string model, string code, string detail, string? requestId);
}
