using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>Connections that break, stall and crawl while people talk and a reply is written.</summary>
public sealed class BadNetworkTests
{
    private const int Rounds = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Network_that_breaks_again_and_again_loses_nothing()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        await using var proxy = FaultProxy.Start(app.Address, seed);
        await using var run = new RecordedRun();
        var (near, far) = (await run.JoinAsync(ada, chat, Token), await run.JoinAsync(bob, chat, Token, proxy.Address));
        var asked = await near.SendAsync("Count, @assistant", "ask", Token);
        var turn = await app.Model.NextTurnAsync(Token);

        for (var round = 0; round < Rounds; round++)
        {
            Break(proxy, random);
            var sends = Task.WhenAll(near.SendAsync($"Near {round}", $"n-{round}", Token), far.SendAsync($"Far {round}", $"f-{round}", Token));
            turn.Say($"{round} {new string('.', random.Next(2_000))} ");
            await near.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Contains($"{round} ", StringComparison.Ordinal) == true, Token);
            proxy.Heal();
            await sends;
        }

        turn.Finish();
        var final = await run.CheckAsync(Path.Combine(app.DataFolder, "hubchat.db"), Token);

        Assert.Equal(1 + (2 * Rounds), final.Chats.Single().Messages.Count(message => message.Gen is null));
        Assert.True(far.Connections > 1);
    }

    private static void Break(FaultProxy proxy, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                proxy.Reset();
                break;
            case 1:
                proxy.ToClient = new LinkFaults { CutAfter = random.Next(1, 2_000) };
                break;
            case 2:
                proxy.ToServer = new LinkFaults { CutAfter = random.Next(1, 200) };
                break;
            case 3:
                proxy.ToClient = new LinkFaults { Stalled = true };
                break;
            default:
                proxy.Reset();
                proxy.ToClient = new LinkFaults { SliceSize = random.Next(1, 100), Delay = TimeSpan.FromMilliseconds(random.Next(20)) };
                break;
        }
    }
}
