namespace HubChat.Server.Models;

/// <summary>What a model costs, in whatever currency the operator counts.</summary>
/// <param name="Input">A million tokens read.</param>
/// <param name="Output">A million tokens written.</param>
internal sealed record ModelPrice(decimal Input, decimal Output)
{
    public static readonly ModelPrice Free = new(0, 0);

    // A price of a million tokens is the cost of one token in millionths; the ledger counts in thousandths of that.
    private const decimal NanosPerMillionth = 1_000;

    /// <summary>The cost of a call in billionths of the currency: whole numbers, which every database can add up.</summary>
    public long CostOf(long inputTokens, long outputTokens) =>
        (long)decimal.Min(decimal.Round(((Input * inputTokens) + (Output * outputTokens)) * NanosPerMillionth), long.MaxValue);
}
