using HubChat.Server.Errors;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Usage;

/// <summary>
/// The one place that decides whether a model may be called on somebody's account. Tokens are set aside before a call, as many as it may
/// use at most, and corrected when it has ended: however many calls run at once, a window never counts more than its limit.
/// </summary>
internal sealed class UsageLimits(IUsageCounters counters, IOptions<UsageOptions> options)
{
    /// <summary>The code of every refusal.</summary>
    public const string Exceeded = "quota_exceeded";

    /// <summary>Room for no answer at all is no room.</summary>
    private const int LeastOutput = 1;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Counts a question. Whether its tokens fit is seen when it is their turn; that there are none left is seen at once.</summary>
    /// <exception cref="ChatException">quota_exceeded.</exception>
    public async Task AdmitAsync(UsageSubject subject, CancellationToken cancellationToken) =>
        await TakeAsync([.. Requests(subject), .. Tokens(subject, wanted: 0, least: 1)], cancellationToken);

    /// <summary>Counts an answer that begins; null when as many are being written as may be.</summary>
    public async Task<UsageLease?> TryRunAsync(UsageSubject subject, CancellationToken cancellationToken)
    {
        var taking = await counters.TakeAsync([.. Running(subject)], cancellationToken);
        return taking.Refused is null ? new UsageLease(counters, taking) : null;
    }

    /// <summary>Sets tokens aside for a prompt and its answer; the answer gets what there is room for.</summary>
    /// <exception cref="ChatException">quota_exceeded.</exception>
    public Task<UsageLease> ReserveAsync(UsageSubject subject, long input, int output, CancellationToken cancellationToken) =>
        TakeAsync([.. Tokens(subject, input + output, input + LeastOutput)], cancellationToken);

    /// <summary>All of it at once, for a call that waits for nothing.</summary>
    /// <exception cref="ChatException">quota_exceeded.</exception>
    public Task<UsageLease> BeginAsync(UsageSubject subject, long input, int output, CancellationToken cancellationToken) =>
        TakeAsync([.. Running(subject), .. Requests(subject), .. Tokens(subject, input + output, input + LeastOutput)], cancellationToken);

    /// <summary>The longest answer and the longest conversation, of what a model allows and of what the limits do.</summary>
    public (int Output, int Context) Cap(UsageSubject subject, int output, int context)
    {
        foreach (var (_, allowance) in AllowancesOf(subject))
        {
            output = allowance.MaxOutputTokens > 0 ? Math.Min(output, allowance.MaxOutputTokens) : output;
            context = allowance.MaxContextTokens > 0 ? Math.Min(context, allowance.MaxContextTokens) : context;
        }

        return (output, context);
    }

    /// <summary>Counts a call of before this process began.</summary>
    public async Task RestoreAsync(PastCall call, CancellationToken cancellationToken)
    {
        foreach (var (counter, at, amount) in UsesOf(call))
        {
            await counters.RestoreAsync(counter, at, amount, cancellationToken);
        }
    }

    /// <summary>What a call of before is counted as, where and when.</summary>
    public IEnumerable<(UsageCounter Counter, DateTimeOffset At, long Amount)> UsesOf(PastCall call) =>
    [
        .. (call.IsRequest ? Requests(call.Subject) : []).Select(charge => (charge.Counter, call.AskedAt, 1L)),
        .. Tokens(call.Subject, call.Tokens, call.Tokens).Select(charge => (charge.Counter, call.EndedAt, call.Tokens)),
    ];

    /// <summary>How much of each limit is used now.</summary>
    public async Task<IReadOnlyList<UsageLevel>> ReadAsync(UsageSubject subject, CancellationToken cancellationToken)
    {
        var levels = new List<UsageLevel>();
        foreach (var charge in Running(subject).Concat(Requests(subject)).Concat(Tokens(subject, 0, 0)))
        {
            levels.Add(new UsageLevel(
                charge.Counter.Meter, charge.Counter.Window, charge.Limit, await counters.ReadAsync(charge.Counter, cancellationToken)));
        }

        return levels;
    }

    private async Task<UsageLease> TakeAsync(IReadOnlyList<UsageCharge> charges, CancellationToken cancellationToken)
    {
        var taking = await counters.TakeAsync(charges, cancellationToken);
        return taking.Refused is { } refused ? throw Refusal(refused, taking) : new UsageLease(counters, taking);
    }

    private static ChatException Refusal(UsageCharge refused, UsageTaking taking)
    {
        var whose = refused.Counter.Subject.Split(':')[0] switch
        {
            "chat" => "This chat",
            "key" => "This API key",
            _ => "You",
        };
        var span = refused.Counter.Window == Day ? "24 hours" : "a minute";
        var limit = refused.Counter.Meter switch
        {
            UsageMeter.Running => $"{whose} may have {refused.Limit} answers written at once",
            UsageMeter.Requests => $"{whose} may ask {refused.Limit} times in {span}",
            _ => $"{whose} may use {refused.Limit} tokens in {span}",
        };
        var next = taking.RetryAfter is { } after
            ? $"The next is possible in {Words(after)}, at {(taking.At + after).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}."
            : refused.Counter.Meter is UsageMeter.Running ? "Try again when one has ended."
            : $"This needs {refused.Least} at once.";
        return new ChatException(ChatError.LimitReached, Exceeded, $"{limit}. {next}")
        {
            // When one ends nobody knows; a moment later is as good as any.
            RetryAfter = refused.Counter.Meter is UsageMeter.Running ? TimeSpan.FromSeconds(1) : taking.RetryAfter,
        };
    }

    private static string Words(TimeSpan span) =>
        span.TotalMinutes <= 2 ? $"{Math.Ceiling(span.TotalSeconds)} s" : span.TotalHours <= 2 ? $"{Math.Ceiling(span.TotalMinutes)} min" : $"{Math.Ceiling(span.TotalHours)} h";

    private IEnumerable<UsageCharge> Running(UsageSubject subject) =>
        from limited in AllowancesOf(subject)
        where limited.Allowance is RunningAllowance { Running: > 0 }
        select new UsageCharge(
            new UsageCounter(limited.Subject, UsageMeter.Running, TimeSpan.Zero), ((RunningAllowance)limited.Allowance).Running, Wanted: 1, Least: 1);

    private IEnumerable<UsageCharge> Requests(UsageSubject subject) =>
        from limited in AllowancesOf(subject)
        from window in new[] { (Length: Minute, Limit: (long)limited.Allowance.RequestsPerMinute), (Length: Day, Limit: limited.Allowance.RequestsPerDay) }
        where window.Limit > 0
        select new UsageCharge(new UsageCounter(limited.Subject, UsageMeter.Requests, window.Length), window.Limit, Wanted: 1, Least: 1);

    private IEnumerable<UsageCharge> Tokens(UsageSubject subject, long wanted, long least) =>
        from limited in AllowancesOf(subject)
        from window in new[] { (Length: Minute, Limit: limited.Allowance.TokensPerMinute), (Length: Day, Limit: limited.Allowance.TokensPerDay) }
        where window.Limit > 0
        select new UsageCharge(new UsageCounter(limited.Subject, UsageMeter.Tokens, window.Length), window.Limit, wanted, least);

    private IEnumerable<(string Subject, Allowance Allowance)> AllowancesOf(UsageSubject subject)
    {
        yield return ($"user:{subject.User}", options.Value.User);
        if (subject.Chat is { } chat)
        {
            yield return ($"chat:{chat}", options.Value.Chat);
        }

        if (subject.Key is { } key)
        {
            yield return ($"key:{key}", options.Value.Key);
        }
    }
}

/// <summary>A limit and how much of it is used.</summary>
internal sealed record UsageLevel(UsageMeter Meter, TimeSpan Window, long Limit, long Used);
