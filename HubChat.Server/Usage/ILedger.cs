using HubChat.Server.Ids;

namespace HubChat.Server.Usage;

/// <summary>The entries of all calls. Replies of chats write theirs in the transaction that ends them.</summary>
internal interface ILedger
{
    Task AddAsync(LedgerEntry entry, CancellationToken cancellationToken);

    /// <summary>Added up by day, model and, if asked for, person; the newest day first.</summary>
    Task<IReadOnlyList<UsageSum>> SumAsync(UsageQuery query, CancellationToken cancellationToken);

    /// <summary>The calls that ended after a moment.</summary>
    IAsyncEnumerable<PastCall> ReadSinceAsync(DateTimeOffset since, CancellationToken cancellationToken);
}

/// <param name="From">The first UTC day.</param>
/// <param name="To">The last one.</param>
/// <param name="User">Only this person's calls.</param>
/// <param name="ByUser">Whether people are told apart.</param>
/// <param name="Max">Most sums.</param>
internal sealed record UsageQuery(DateOnly From, DateOnly To, UserId? User, bool ByUser, int Max);

/// <summary>What was used on a day of a model.</summary>
internal sealed record UsageSum(
    DateOnly Day, string? Model, UserId? UserId, string? UserName, long Calls, long InputTokens, long OutputTokens, long CostNanos);

/// <summary>A call as the limits count it.</summary>
internal sealed record PastCall(UsageSubject Subject, DateTimeOffset AskedAt, DateTimeOffset EndedAt, long Tokens, bool IsRequest);
