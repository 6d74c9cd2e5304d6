using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>Two nodes, nothing wrong: whoever is where sees the same.</summary>
public sealed class TwoNodeTests : IAsyncLifetime
{
    private NodeCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServerProcess One => _cluster.Nodes[0];

    private ServerProcess Two => _cluster.Nodes[1];

    public async ValueTask InitializeAsync() =>
        _cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "60"));

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Everybody_sees_every_message_and_every_token_at_either_node()
    {
        await using var run = new RecordedRun();
        var ada = await TestUser.SignUpAsync(One.Address, "ada", Token);
        var bob = await TestUser.SignUpAsync(Two.Address, "bob", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        var adas = await run.JoinAsync(ada, chat, Token, One.Address);
        var bobs = await run.JoinAsync(bob, chat, Token, Two.Address);

        for (var i = 0; i < 5; i++)
        {
            await adas.SendAsync($"From one, {i}", $"a-{i}", Token);
            await bobs.SendAsync($"From two, {i}", $"b-{i}", Token);
        }

        var asked = await bobs.SendAsync("Tell us, @assistant", "ask", Token);
        await adas.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: true, Text.Length: > 20 }, Token);
        await bobs.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: true, Text.Length: > 20 }, Token);
        await adas.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
        await run.CheckAsync(_cluster.Database, Token);
    }
}
