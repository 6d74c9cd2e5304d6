using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Chats.Watching;

/// <summary>A node that cannot hear the others looks for what they say more often than one that can.</summary>
public sealed class DeafNodeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stored_and_announced_are_compared_again_and_again_while_Redis_is_away()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            // Nothing listens there; and nobody waits so long.
            ["ConnectionStrings:Redis"] = $"127.0.0.1:{FreePorts.Next()}",
            ["Realtime:TailCheckInterval"] = "00:05:00",
        });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);

        for (var i = 0; i < 2; i++)
        {
            var top = await hub.NextAsync(Token, "top");
            Assert.Equal("redis", Assert.Single(top.GetProperty("degraded").EnumerateArray()).GetString());
        }
    }
}
