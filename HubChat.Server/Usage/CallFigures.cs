namespace HubChat.Server.Usage;

/// <summary>What a call of a model came to.</summary>
/// <param name="Model">Which.</param>
/// <param name="InputTokens">Read.</param>
/// <param name="OutputTokens">Written.</param>
/// <param name="IsEstimate">Whether the tokens are our estimate.</param>
/// <param name="CostNanos">In billionths of the currency.</param>
/// <param name="FirstToken">From the call to the first piece; null when none came.</param>
/// <param name="RequestId">How the model's server calls it.</param>
internal sealed record CallFigures(
    string? Model, long InputTokens, long OutputTokens, bool IsEstimate, long CostNanos, TimeSpan? FirstToken, string? RequestId)
{
    /// <summary>Nothing was called.</summary>
    public static readonly CallFigures None = new(null, 0, 0, IsEstimate: false, 0, null, null);

    public long Tokens => InputTokens + OutputTokens;
}
