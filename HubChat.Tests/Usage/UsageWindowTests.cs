using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Usage;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class UsageWindowTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whatever is taken when, no sixty seconds ever hold more than the limit, and what is refused has room when it was said.</summary>
    [Fact]
    public void No_minute_sees_more_than_its_limit()
    {
        const int Limit = 10;
        var takings = Gen.ArrayOf(Gen.Zip(Gen.Choose(0, 20_000), Gen.Choose(1, 6)));
        Prop.ForAll(takings.ToArbitrary(), plan =>
        {
            var time = new ManualTimeProvider(Start);
            var counters = new MemoryUsageCounters(time);
            var counter = new UsageCounter("user:x", UsageMeter.Tokens, Minute);
            var taken = new List<(DateTimeOffset At, long Amount)>();
            foreach (var (pause, amount) in plan)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause));
                var taking = counters.TakeAsync([new UsageCharge(counter, Limit, amount, amount)], Token).AsTask().Result;
                if (taking.Refused is not null)
                {
                    time.Advance(taking.RetryAfter!.Value);
                    taking = counters.TakeAsync([new UsageCharge(counter, Limit, amount, amount)], Token).AsTask().Result;
                }

                Assert.Null(taking.Refused);
                taken.Add((time.GetUtcNow(), amount));
            }

            foreach (var (end, _) in taken)
            {
                Assert.InRange(taken.Where(other => other.At <= end && other.At > end - Minute).Sum(other => other.Amount), 0, Limit);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Charges_are_taken_all_or_none()
    {
        var counters = new MemoryUsageCounters(new ManualTimeProvider(Start));
        var (wide, narrow) = (Counter("user:x"), Counter("chat:y"));
        await counters.TakeAsync([new UsageCharge(narrow, 5, 5, 5)], Token);

        var refused = await counters.TakeAsync([new UsageCharge(wide, 100, 1, 1), new UsageCharge(narrow, 5, 1, 1)], Token);

        Assert.Equal(narrow, refused.Refused!.Counter);
        Assert.Equal(0, await counters.ReadAsync(wide, Token));
        Assert.Equal(5, await counters.ReadAsync(narrow, Token));
    }

    [Fact]
    public async Task Of_what_is_wanted_there_is_given_what_all_have_room_for()
    {
        var counters = new MemoryUsageCounters(new ManualTimeProvider(Start));
        var (wide, narrow) = (Counter("user:x"), Counter("chat:y"));

        var taking = await counters.TakeAsync([new UsageCharge(wide, 100, 50, 10), new UsageCharge(narrow, 20, 50, 10)], Token);

        Assert.Equal([(wide, 20L), (narrow, 20L)], taking.Taken);
    }

    [Fact]
    public async Task Correcting_gives_back_to_the_time_it_was_taken_at()
    {
        var time = new ManualTimeProvider(Start);
        var counters = new MemoryUsageCounters(time);
        var counter = Counter("user:x");
        var taking = await counters.TakeAsync([new UsageCharge(counter, 100, 100, 100)], Token);
        time.Advance(TimeSpan.FromSeconds(30));

        await counters.CorrectAsync(taking, UsageMeter.Tokens, 40, Token);
        Assert.Equal(40, await counters.ReadAsync(counter, Token));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0, await counters.ReadAsync(counter, Token));

        // It is not counted any more: there is nothing to give back.
        await counters.CorrectAsync(taking, UsageMeter.Tokens, 0, Token);
        Assert.Equal(0, await counters.ReadAsync(counter, Token));
    }

    [Fact]
    public async Task More_than_the_limit_itself_is_never_possible()
    {
        var counters = new MemoryUsageCounters(new ManualTimeProvider(Start));

        var refused = await counters.TakeAsync([new UsageCharge(Counter("user:x"), 10, 11, 11)], Token);

        Assert.NotNull(refused.Refused);
        Assert.Null(refused.RetryAfter);
    }

    [Fact]
    public async Task What_runs_is_counted_until_it_is_given_back()
    {
        var time = new ManualTimeProvider(Start);
        var counters = new MemoryUsageCounters(time);
        var counter = new UsageCounter("user:x", UsageMeter.Running, TimeSpan.Zero);
        var first = await counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token);
        time.Advance(TimeSpan.FromDays(2));

        Assert.NotNull((await counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token)).Refused);
        await counters.CorrectAsync(first, UsageMeter.Running, 0, Token);
        Assert.Null((await counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token)).Refused);
    }

    [Fact]
    public async Task Counters_that_ran_empty_are_forgotten()
    {
        var time = new ManualTimeProvider(Start);
        var counters = new MemoryUsageCounters(time);
        for (var i = 0; i < 10_000; i++)
        {
            await counters.TakeAsync([new UsageCharge(Counter($"user:{i}"), 10, 1, 1)], Token);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(counters.Count, 1, 5_000);
    }

    private static UsageCounter Counter(string subject) => new(subject, UsageMeter.Tokens, Minute);
}
