using HubChat.Server.Limits;
using Xunit;

namespace HubChat.Tests.Limits;

public sealed class ThrottleTests
{
    [Fact]
    public void What_is_wished_again_and_again_happens_once_in_each_span()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UnixEpoch);
        var throttle = new Throttle(TimeSpan.FromMinutes(1), time);
        Assert.True(throttle.TryPass());
        Assert.False(throttle.TryPass());

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(throttle.TryPass());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(throttle.TryPass());
        Assert.False(throttle.TryPass());
    }
}
