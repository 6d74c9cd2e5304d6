using HubChat.Tests.App;
using HubChat.Tests.Cluster;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>The SignalR client of npm with the reconnect that it brings along, before servers that are restarted one by one.</summary>
public sealed class SignalRReconnectTests(NodeClients node) : IClassFixture<NodeClients>
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(90);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Rolling_restart_needs_no_more_than_the_clients_own_reconnect()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "10"));
        var ada = await cluster.SignUpAsync("ada", Token);
        await using var program = new NodeProgram(node.Folder, "signalr-reconnect.mjs", cluster.Balancer.Address.ToString(), ada.Token);
        await WritesAsync(program, "live");

        foreach (var server in cluster.Nodes)
        {
            server.Terminate();
            Assert.Equal(0, await server.ExitedAsync(Token));
            await server.RestartAsync(Token);
        }

        // It was at one of them, and perhaps, after that, at the other.
        await WritesAsync(program, "moved");
        await using var hub = await ada.ConnectAsync(Token);
        var chat = (await hub.CallAsync("ListChats", Token, new { })).GetProperty("chats")[0].GetProperty("id").GetString()!;
        await hub.PostAsync(chat, "last", "c-last", Token);
        Assert.Contains("ok", await program.EndAsync(Token), StringComparison.Ordinal);
    }

    private static Task WritesAsync(NodeProgram program, string word) => Eventually.HoldsAsync(
        async () =>
        {
            if (program.HasExited)
            {
                await program.EndAsync(Token);
            }

            return program.Output.Contains(word, StringComparison.Ordinal);
        },
        Token,
        Within);
}
