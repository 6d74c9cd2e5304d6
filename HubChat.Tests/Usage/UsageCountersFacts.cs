using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Usage;
using Xunit;

namespace HubChat.Tests.Usage;

/// <summary>What holds for all counters of usage.</summary>
public abstract class UsageCountersFacts
{
    private protected static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private int _subjects;

    private protected abstract IUsageCounters Counters { get; }

    private protected ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whatever is taken when, no sixty seconds ever hold more than the limit, and what is refused has room when it was said.</summary>
    [Fact]
    public void No_minute_sees_more_than_its_limit()
    {
        const int Limit = 10;
        var takings = Gen.ArrayOf(Gen.Zip(Gen.Choose(0, 20_000), Gen.Choose(1, 6)));
        Prop.ForAll(takings.ToArbitrary(), plan =>
        {
            var counter = Counter($"user:{++_subjects}");
            var taken = new List<(DateTimeOffset At, long Amount)>();
            foreach (var (pause, amount) in plan)
            {
                Time.Advance(TimeSpan.FromMilliseconds(pause));
                var taking = Counters.TakeAsync([new UsageCharge(counter, Limit, amount, amount)], Token).AsTask().Result;
                if (taking.Refused is not null)
                {
                    Time.Advance(taking.RetryAfter!.Value);
                    taking = Counters.TakeAsync([new UsageCharge(counter, Limit, amount, amount)], Token).AsTask().Result;
                }

                Assert.Null(taking.Refused);
                taken.Add((Time.GetUtcNow(), amount));
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
        var (wide, narrow) = (Counter("user:x"), Counter("chat:y"));
        await Counters.TakeAsync([new UsageCharge(narrow, 5, 5, 5)], Token);

        var refused = await Counters.TakeAsync([new UsageCharge(wide, 100, 1, 1), new UsageCharge(narrow, 5, 1, 1)], Token);

        Assert.Equal(narrow, refused.Refused!.Counter);
        Assert.Equal(0, await Counters.ReadAsync(wide, Token));
        Assert.Equal(5, await Counters.ReadAsync(narrow, Token));
    }

    [Fact]
    public async Task Of_what_is_wanted_there_is_given_what_all_have_room_for()
    {
        var (wide, narrow) = (Counter("user:x"), Counter("chat:y"));

        var taking = await Counters.TakeAsync([new UsageCharge(wide, 100, 50, 10), new UsageCharge(narrow, 20, 50, 10)], Token);

        Assert.Equal([(wide, 20L), (narrow, 20L)], taking.Taken);
    }

    [Fact]
    public async Task Correcting_gives_back_to_the_time_it_was_taken_at()
    {
        var counter = Counter("user:x");
        var taking = await Counters.TakeAsync([new UsageCharge(counter, 100, 100, 100)], Token);
        await PassAsync(TimeSpan.FromSeconds(30));

        await Counters.CorrectAsync(taking, UsageMeter.Tokens, 40, Token);
        Assert.Equal(40, await Counters.ReadAsync(counter, Token));
        await PassAsync(TimeSpan.FromSeconds(31));
        Assert.Equal(0, await Counters.ReadAsync(counter, Token));

        // It is not counted any more: there is nothing to give back.
        await Counters.CorrectAsync(taking, UsageMeter.Tokens, 0, Token);
        Assert.Equal(0, await Counters.ReadAsync(counter, Token));
    }

    [Fact]
    public async Task More_than_the_limit_itself_is_never_possible()
    {
        var refused = await Counters.TakeAsync([new UsageCharge(Counter("user:x"), 10, 11, 11)], Token);

        Assert.NotNull(refused.Refused);
        Assert.Null(refused.RetryAfter);
    }

    [Fact]
    public async Task What_runs_is_counted_until_it_is_given_back()
    {
        var counter = Running("user:x");
        var first = await Counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token);
        await PassAsync(TimeSpan.FromDays(2));

        Assert.NotNull((await Counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token)).Refused);
        await Counters.CorrectAsync(first, UsageMeter.Running, 0, Token);
        Assert.Null((await Counters.TakeAsync([new UsageCharge(counter, 1, 1, 1)], Token)).Refused);
    }

    /// <summary>Lets time pass, and what runs go on running.</summary>
    private protected abstract Task PassAsync(TimeSpan span);

    private protected static UsageCounter Counter(string subject) => new(subject, UsageMeter.Tokens, Minute);

    private protected static UsageCounter Running(string subject) => new(subject, UsageMeter.Running, TimeSpan.Zero);
}
