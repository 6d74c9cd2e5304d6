namespace HubChat.Server.Usage;

/// <summary>One of the counters.</summary>
/// <param name="Subject">Whose: <c>user:…</c>, <c>chat:…</c> or <c>key:…</c>.</param>
/// <param name="Meter">What it counts.</param>
/// <param name="Window">Over how long; zero for what is running now.</param>
internal readonly record struct UsageCounter(string Subject, UsageMeter Meter, TimeSpan Window);

/// <summary>A wish to count something.</summary>
/// <param name="Counter">Where.</param>
/// <param name="Limit">What the counter may never pass.</param>
/// <param name="Wanted">How much is taken if there is room.</param>
/// <param name="Least">How much room there must be; with less everything is refused.</param>
internal sealed record UsageCharge(UsageCounter Counter, long Limit, long Wanted, long Least);

/// <summary>What became of a wish.</summary>
/// <param name="At">When.</param>
/// <param name="Taken">How much each of the charges was given; nothing when one was refused.</param>
/// <param name="Refused">The charge for which there was no room.</param>
/// <param name="RetryAfter">When there will be, if nothing else happens; null when time alone does not help.</param>
internal sealed record UsageTaking(
    DateTimeOffset At, IReadOnlyList<(UsageCounter Counter, long Amount)> Taken, UsageCharge? Refused = null, TimeSpan? RetryAfter = null)
{
    /// <summary>Under which name it stands in the counters of all nodes; null when it is counted in this process alone.</summary>
    public Guid? Holder { get; init; }
}
