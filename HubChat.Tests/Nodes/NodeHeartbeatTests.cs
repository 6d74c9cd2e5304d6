using HubChat.Server.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Nodes;

public sealed class NodeHeartbeatTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_stops_it_waits_until_the_node_has_left()
    {
        var store = new SlowStore();
        using var heartbeat = new NodeHeartbeat(
            NodeIdentity.New(), Options.Create(new NodeOptions()), TimeProvider.System, NullLogger<NodeHeartbeat>.Instance, store);
        await heartbeat.StartAsync(Token);

        var first = heartbeat.StopAsync(Token);
        await store.Removing.Task.WaitAsync(Token);
        var second = heartbeat.StopAsync(Token);

        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);
        store.Removed.SetResult();
        await Task.WhenAll(first, second);
        Assert.Equal(1, store.Removals);
    }

    private sealed class SlowStore : INodeStore
    {
        public TaskCompletionSource Removing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Removed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Removals { get; private set; }

        public Task RenewAsync(NodeIdentity node, TimeSpan lease, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RemoveAsync(NodeIdentity node, CancellationToken cancellationToken)
        {
            Removals++;
            Removing.SetResult();
            return Removed.Task;
        }
    }
}
