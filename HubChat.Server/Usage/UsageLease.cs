namespace HubChat.Server.Usage;

/// <summary>What was taken for a call. Disposing it ends the call: what was taken as running is given back.</summary>
internal sealed class UsageLease(IUsageCounters counters, UsageTaking taking) : IAsyncDisposable
{
    /// <summary>Tokens set aside: the call may use no more.</summary>
    public long? Tokens { get; } = taking.Taken.Where(taken => taken.Counter.Meter is UsageMeter.Tokens).Select(taken => (long?)taken.Amount).FirstOrDefault();

    /// <summary>Says how many tokens it really were.</summary>
    public ValueTask SettleAsync(long tokens) => counters.CorrectAsync(taking, UsageMeter.Tokens, tokens, CancellationToken.None);

    public ValueTask DisposeAsync() => counters.CorrectAsync(taking, UsageMeter.Running, 0, CancellationToken.None);
}
