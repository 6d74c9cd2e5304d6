using HubChat.Server.Hosting;
using Xunit;

namespace HubChat.Tests.Hosting;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(256L, 64)]
    [InlineData(1_024L, 512)]
    [InlineData(20_000L, 17_500)]
    [InlineData(1_048_576L, 917_504)]
    [InlineData(1L << 40, int.MaxValue)]
    [InlineData(null, int.MaxValue)]
    public void Some_descriptors_are_kept_for_what_is_no_connection(long? descriptors, int connections) =>
        Assert.Equal(connections, ConnectionLimit.Within(descriptors));
}
