using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>A history of more than may be shown at once.</summary>
public sealed class HistoryBoundTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3, 1_000_000, "c d e")]
    [InlineData(1_000, 30, "c d e")]
    [InlineData(1_000, 29, "d e")]
    [InlineData(1_000, 1, "e")]
    [InlineData(1_000, 50, "a b c d e")]
    public async Task Newest_messages_are_shown(int messages, int length, string shown)
    {
        await using var world = new BoundedWorld(messages, length);
        await world.InitializeAsync();
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        foreach (var letter in "abcde")
        {
            await hub.PostAsync(chat, new string(letter, 10), $"c-{letter}", Token);
        }

        var history = (await world.GetAsync($"/backend-api/conversation/{chat}")).Body;

        Assert.Equal(
            shown,
            string.Join(' ', history.GetProperty("messages").EnumerateArray().Select(
                message => message.GetProperty("content").GetProperty("parts")[0].GetString()![..1])));
    }

    [Fact]
    public async Task All_of_many_pages_are_shown_in_order()
    {
        await using var world = new SseWorld();
        await world.InitializeAsync();
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        for (var i = 0; i < 450; i++)
        {
            await hub.PostAsync(chat, $"{i}", $"c-{i}", Token);
        }

        var history = (await world.GetAsync($"/backend-api/conversation/{chat}")).Body;

        Assert.Equal(
            Enumerable.Range(0, 450).Select(i => $"{i}"),
            history.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("content").GetProperty("parts")[0].GetString()));
    }

    private sealed class BoundedWorld(int messages, int length) : SseWorld(new Dictionary<string, string>
    {
        ["Sse:MaxHistoryMessages"] = $"{messages}",
        ["Sse:MaxHistoryLength"] = $"{length}",
    });
}
