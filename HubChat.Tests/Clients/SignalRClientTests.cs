using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>The SignalR client of npm as it is, on every transport it has.</summary>
public sealed class SignalRClientTests(NodeClients node) : IClassFixture<NodeClients>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task Two_people_share_a_chat(string transport)
    {
        await using var app = new HubChatApp();
        app.Model.Answer = _ => string.Join(' ', Enumerable.Range(1, 500).Select(number => $"{number} Grüße 🙂 \u2028"));
        var ada = await app.SignUpAsync("ada", Token);
        var bob = await app.SignUpAsync("bob", Token);

        await node.RunScriptAsync("signalr.mjs", [app.Address.ToString(), transport, ada.Token, bob.Token, bob.UserName], Token);
    }
}
