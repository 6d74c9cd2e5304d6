using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>Two nodes for all tests of a class that do them no harm. Their assistant speaks slowly enough to be stopped.</summary>
public sealed class TwoNodes : IAsyncLifetime
{
    internal NodeCluster Cluster { get; private set; } = null!;

    internal ServerProcess One => Cluster.Nodes[0];

    internal ServerProcess Two => Cluster.Nodes[1];

    public async ValueTask InitializeAsync()
    {
        Cluster = await NodeCluster.StartAsync(2, TestContext.Current.CancellationToken, settings: ("Assistant__DemoWordsPerSecond", "25"));
        await Cluster.SayAsync("ready", TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
