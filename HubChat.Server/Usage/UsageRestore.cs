namespace HubChat.Server.Usage;

/// <summary>Counts the last day's calls before anybody is served: a restart must not give everybody a new day's allowance.</summary>
internal sealed class UsageRestore(ILedger ledger, UsageLimits limits, TimeProvider time) : IHostedService
{
    /// <summary>The longest window.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await foreach (var call in ledger.ReadSinceAsync(time.GetUtcNow() - Longest, cancellationToken))
        {
            await limits.RestoreAsync(call, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
