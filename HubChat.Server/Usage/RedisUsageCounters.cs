using System.Globalization;
using HubChat.Server.Redis;
using StackExchange.Redis;

namespace HubChat.Server.Usage;

/// <summary>
/// The counters of all nodes, by the clock of Redis. What runs is held under a lease that this node renews while it lives. While Redis is
/// away this process counts alone, as if it were the only one: nobody is refused because Redis is.
/// </summary>
/// <param name="redis">Where they are.</param>
/// <param name="local">Those of this process.</param>
internal sealed class RedisUsageCounters(RedisConnection redis, MemoryUsageCounters local) : IUsageCounters
{
    /// <summary>What a killed node was running is counted for this long at most.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Three times within a lease: two may fail.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    // Of more corrections than this the oldest are not made: their tokens stay counted until the window has passed.
    private const int MaxUntold = 10_000;

    // So much goes in one script: Redis does nothing else meanwhile.
    private const int AtOnce = 500;

    // Longer than any counter: it must not end before what it explains.
    private static readonly TimeSpan SinceLifetime = TimeSpan.FromHours(26);

    private readonly Lock _gate = new();
    private readonly HashSet<(RedisKey Counter, RedisValue Holder)> _held = [];
    private readonly Queue<(UsageTaking Taking, UsageMeter Meter, long Amount)> _untold = [];

    /// <summary>The clock that is counted by, for tests; null for that of Redis.</summary>
    public TimeProvider? Clock { private get; init; }

    public async ValueTask<UsageTaking> TakeAsync(IReadOnlyList<UsageCharge> charges, CancellationToken cancellationToken)
    {
        var holder = Guid.NewGuid();
        if (charges.Count == 0
            || await redis.EvaluateAsync(UsageScripts.Take, KeysOf(charges), ArgumentsOf(charges, holder)) is not { } answer
            || (long[]?)answer is not [var now, var refused, .. var rest])
        {
            return await local.TakeAsync(charges, cancellationToken);
        }

        var at = DateTimeOffset.UnixEpoch.AddMicroseconds(now);
        if (refused > 0)
        {
            return new UsageTaking(at, [], charges[(int)refused - 1], rest[0] < 0 ? null : TimeSpan.FromMicroseconds(rest[0]));
        }

        List<(UsageCounter Counter, long Amount)> taken = [.. charges.Select((charge, i) => (charge.Counter, rest[i]))];
        lock (_gate)
        {
            _held.UnionWith(taken.SelectMany(held => HoldersOf(held.Counter, holder, held.Amount)));
        }

        return new UsageTaking(at, taken) { Holder = holder };
    }

    public async ValueTask CorrectAsync(UsageTaking taking, UsageMeter meter, long amount, CancellationToken cancellationToken)
    {
        if (taking.Holder is not { } holder)
        {
            await local.CorrectAsync(taking, meter, amount, cancellationToken);
            return;
        }

        lock (_gate)
        {
            foreach (var (counter, taken) in taking.Taken.Where(taken => taken.Counter.Meter == meter))
            {
                _held.ExceptWith(HoldersOf(counter, holder, taken));
                _held.UnionWith(HoldersOf(counter, holder, amount));
            }

            // What is sent and gets no answer may have been done; done twice it would be wrong. What is not sent is kept, but what
            // runs: that ends with its lease.
            if (!redis.IsAvailable)
            {
                if (meter is not UsageMeter.Running)
                {
                    _untold.Enqueue((taking, meter, amount));
                    while (_untold.Count > MaxUntold)
                    {
                        _untold.Dequeue();
                    }
                }

                return;
            }
        }

        await TellAsync(taking, meter, amount);
    }

    /// <summary>Into the counters of this process alone; those of all nodes are told by <see cref="RestoreAsync(DateTimeOffset, IReadOnlyDictionary{UsageSlice, long})"/>.</summary>
    public ValueTask RestoreAsync(UsageCounter counter, DateTimeOffset at, long amount, CancellationToken cancellationToken) =>
        local.RestoreAsync(counter, at, amount, cancellationToken);

    public async ValueTask<long> ReadAsync(UsageCounter counter, CancellationToken cancellationToken) =>
        await redis.EvaluateAsync(UsageScripts.Read, [KeyOf(counter)], [Now(), Micros(counter.Window)]) is { } answer && (long?)answer is { } sum
            ? sum
            : await local.ReadAsync(counter, cancellationToken);

    /// <summary>Says that what runs here still runs, and makes the corrections that could not be made.</summary>
    public async Task RenewAsync()
    {
        await redis.TryAsync(database =>
        {
            // In here, so that what is given back after this is also given back after this in Redis.
            lock (_gate)
            {
                return Task.WhenAll(_held.Chunk(AtOnce).Select(some => database.ScriptEvaluateAsync(
                    UsageScripts.Renew, [.. some.Select(held => held.Counter)], [Now(), Micros(Lease), .. some.Select(held => held.Holder)])));
            }
        });
        while (redis.IsAvailable && NextUntold() is var (taking, meter, amount))
        {
            await TellAsync(taking, meter, amount);
        }
    }

    /// <summary>Until when the calls are not counted; null when they are, or Redis is away.</summary>
    public async Task<DateTimeOffset?> FindLackingAsync() =>
        await redis.EvaluateAsync(UsageScripts.Lacking, [RedisKeys.UsageSince, RedisKeys.UsageRestored], [Now(), Milliseconds(SinceLifetime)]) is { } answer
        && (long?)answer is >= 0 and var since
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(since)
            : null;

    /// <summary>
    /// Counts what happened before a moment: all of it, from whichever node. Told again it changes nothing, and it is not counted where
    /// Redis has lost its counters since.
    /// </summary>
    /// <param name="before">As <see cref="FindLackingAsync"/> said.</param>
    /// <param name="past">How much was used in which slice.</param>
    /// <returns>Whether all of it is counted.</returns>
    public async Task<bool> RestoreAsync(DateTimeOffset before, IReadOnlyDictionary<UsageSlice, long> past)
    {
        var since = Micros(before - DateTimeOffset.UnixEpoch);
        foreach (var counter in past.GroupBy(used => used.Key.Counter))
        {
            var amounts = counter.SelectMany(used => new RedisValue[] { used.Key.Slice, used.Value });
            var answer = await redis.EvaluateAsync(
                UsageScripts.Restore, [RedisKeys.UsageSince, KeyOf(counter.Key)], [Now(), since, Micros(counter.Key.Window), .. amounts]);
            if (answer is null || (long?)answer != 1)
            {
                return false;
            }
        }

        return await redis.TryAsync(database => database.StringSetAsync(RedisKeys.UsageRestored, since, SinceLifetime));
    }

    private static RedisKey KeyOf(UsageCounter counter) => RedisKeys.Usage(counter.Subject, MeterOf(counter), counter.Window);

    private static RedisKey[] KeysOf(IEnumerable<UsageCharge> charges) =>
        [RedisKeys.UsageSince, .. charges.Select(charge => KeyOf(charge.Counter))];

    private static string MeterOf(UsageCounter counter) => counter.Meter switch
    {
        UsageMeter.Running => "running",
        UsageMeter.Requests => "requests",
        _ => "tokens",
    };

    private static IEnumerable<(RedisKey Counter, RedisValue Holder)> HoldersOf(UsageCounter counter, Guid holder, long amount)
    {
        for (var n = 1L; counter.Window == TimeSpan.Zero && n <= amount; n++)
        {
            yield return (KeyOf(counter), string.Create(CultureInfo.InvariantCulture, $"{holder}:{n}"));
        }
    }

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    private RedisValue Now() => Clock is { } clock ? Micros(clock.GetUtcNow() - DateTimeOffset.UnixEpoch) : RedisValue.EmptyString;

    private RedisValue[] ArgumentsOf(IReadOnlyList<UsageCharge> charges, Guid holder) =>
    [
        Now(), holder.ToString(), Micros(Lease), Milliseconds(SinceLifetime),
        .. charges.SelectMany(charge => new RedisValue[]
        {
            Micros(charge.Counter.Window), charge.Limit, charge.Wanted, charge.Least, MeterOf(charge.Counter),
        }),
    ];

    private Task TellAsync(UsageTaking taking, UsageMeter meter, long amount)
    {
        var corrected = taking.Taken.Where(taken => taken.Counter.Meter == meter && taken.Amount != amount).ToList();
        return corrected.Count == 0
            ? Task.CompletedTask
            : redis.EvaluateAsync(
                UsageScripts.Correct,
                [RedisKeys.UsageSince, .. corrected.Select(taken => KeyOf(taken.Counter))],
                [
                    Now(), taking.Holder!.Value.ToString(), Micros(Lease), Micros(taking.At - DateTimeOffset.UnixEpoch), amount,
                    .. corrected.SelectMany(taken => new RedisValue[] { Micros(taken.Counter.Window), taken.Amount }),
                ]);
    }

    private (UsageTaking Taking, UsageMeter Meter, long Amount)? NextUntold()
    {
        lock (_gate)
        {
            return _untold.TryDequeue(out var next) ? next : null;
        }
    }
}
