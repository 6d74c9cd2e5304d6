using System.Threading.Channels;
using HubChat.Server.Redis;

namespace HubChat.Server.Usage;

/// <summary>
/// Keeps the counters of all nodes right: renews what runs here, and has a Redis that is new or has lost its counters count the last day,
/// so that losing Redis gives nobody a new day's allowance.
/// </summary>
internal sealed partial class UsageUpkeep(
    RedisUsageCounters counters, RedisConnection redis, UsageLimits limits, ILedger ledger, TimeProvider time, ILogger<UsageUpkeep> logger)
    : BackgroundService
{
    /// <summary>Counts the past into Redis where it is not counted yet. Other nodes may do it at the same time: it is counted once.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (await counters.FindLackingAsync() is not { } before)
        {
            return;
        }

        var past = new Dictionary<UsageSlice, long>();
        await foreach (var call in ledger.ReadSinceAsync(before - UsageRestore.Longest, cancellationToken))
        {
            // What ended later was taken in these counters, or in those of a node that could not reach them.
            foreach (var use in call.EndedAt < before ? limits.UsesOf(call) : [])
            {
                var slice = UsageSlice.At(use.Counter, use.At);
                past[slice] = past.GetValueOrDefault(slice) + use.Amount;
            }
        }

        if (await counters.RestoreAsync(before, past))
        {
            LogRestored(past.Count);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var turns = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void TakeTurn() => turns.Writer.TryWrite(true);
        redis.Returned += TakeTurn;
        using var timer = time.CreateTimer(_ => TakeTurn(), state: null, TimeSpan.Zero, RedisUsageCounters.RenewEvery);
        try
        {
            await foreach (var _ in turns.Reader.ReadAllAsync(stoppingToken))
            {
                await KeepUpAsync(stoppingToken);
            }
        }
        finally
        {
            redis.Returned -= TakeTurn;
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await counters.RenewAsync();
            await RestoreAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Information, "Redis did not know what was used in the last day and was told: {Slices} slices of counters")]
    private partial void LogRestored(int slices);

    [LoggerMessage(LogLevel.Error, "The counters of usage could not be kept up and are tried again")]
    private partial void LogFailed(Exception exception);
}
