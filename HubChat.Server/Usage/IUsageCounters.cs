namespace HubChat.Server.Usage;

/// <summary>
/// The counters behind the limits. A window counts what was taken within any time of its length, so that no moment of it sees more than
/// the limit. In memory they belong to this process; shared between nodes they hold for all of them.
/// </summary>
internal interface IUsageCounters
{
    /// <summary>Takes all charges or none. Of charges to the same meter each is given the same: the least that any has room for.</summary>
    ValueTask<UsageTaking> TakeAsync(IReadOnlyList<UsageCharge> charges, CancellationToken cancellationToken);

    /// <summary>Changes what was taken from one meter to what it really was; zero gives it back.</summary>
    ValueTask CorrectAsync(UsageTaking taking, UsageMeter meter, long amount, CancellationToken cancellationToken);

    /// <summary>Counts what happened before this process began, whatever the limits say.</summary>
    ValueTask RestoreAsync(UsageCounter counter, DateTimeOffset at, long amount, CancellationToken cancellationToken);

    /// <summary>How much of a counter is taken now.</summary>
    ValueTask<long> ReadAsync(UsageCounter counter, CancellationToken cancellationToken);
}
