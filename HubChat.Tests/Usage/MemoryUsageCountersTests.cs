using HubChat.Server.Usage;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class MemoryUsageCountersTests : UsageCountersFacts
{
    private readonly MemoryUsageCounters _counters;

    public MemoryUsageCountersTests() => _counters = new MemoryUsageCounters(Time);

    private protected override IUsageCounters Counters => _counters;

    [Fact]
    public async Task Counters_that_ran_empty_are_forgotten()
    {
        for (var i = 0; i < 10_000; i++)
        {
            await _counters.TakeAsync([new UsageCharge(Counter($"user:{i}"), 10, 1, 1)], Token);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(_counters.Count, 1, 5_000);
    }

    private protected override Task PassAsync(TimeSpan span)
    {
        Time.Advance(span);
        return Task.CompletedTask;
    }
}
