using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F48: one connection wants more than its share.</summary>
public sealed class GreedyConnectionTests
{
    private const int Most = 3;
    private const int Burst = 20;
    private const int Calls = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connection_watches_so_many_chats_and_those_it_watches_go_on()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Realtime:MaxWatchesPerConnection"] = $"{Most}" });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chats = new List<string>();
        for (var i = 0; i <= Most; i++)
        {
            chats.Add(await hub.CreateChatAsync(Token));
        }

        foreach (var chat in chats.Take(Most))
        {
            await hub.WatchAsync(chat, Token);
        }

        Assert.Equal("limit_reached", await hub.RefusedAsync("WatchChat", Token, new { chatId = chats[Most] }));
        await hub.WatchAsync(chats[0], Token);
        await hub.PostAsync(chats[1], "Still seen", "c-1", Token);
        await hub.NextEventAsync("message.posted", Token);
        await hub.CallAsync("UnwatchChat", Token, chats[0]);
        await hub.WatchAsync(chats[Most], Token);
    }

    [Fact]
    public async Task Connection_that_calls_in_a_loop_is_served_its_share_one_call_after_the_other_and_others_theirs()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["RateLimits:Enabled"] = "true",
            ["RateLimits:HubBurst"] = $"{Burst}",
            ["RateLimits:HubCallsPerSecond"] = "1",
        });
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var bobs = await bob.ConnectAsync(Token);
        var chat = await bobs.CreateChatAsync(Token, ada);
        using var greedy = await RawHubClient.ConnectAsync(app.Address, ada.Token, Token);

        var ids = new List<string>();
        for (var i = 0; i < Calls; i++)
        {
            ids.Add(await greedy.InvokeOnlyAsync("PostMessage", [new { chatId = chat, text = $"{i}", clientMessageId = $"c-{i}" }], Token));
        }

        var answers = new List<JsonElement>();
        while (answers.Count < Calls)
        {
            answers.Add((await greedy.ReceiveAsync(Token)) ?? throw new EndOfStreamException());
        }

        Assert.Equal(ids, answers.Select(answer => answer.GetProperty("invocationId").GetString()));
        var refused = answers.Where(answer => answer.TryGetProperty("error", out _)).ToList();
        Assert.All(refused, answer => Assert.Contains("rate_limited", answer.GetProperty("error").GetString(), StringComparison.Ordinal));

        // Some come by with the seconds that a busy machine takes.
        Assert.InRange(Calls - refused.Count, Burst, Burst + 60);
        var served = await bobs.MessagesAsync(chat, Token);
        Assert.Equal(Calls - refused.Count, served.Count);
        var numbers = served.Select(message => int.Parse(message.GetProperty("text").GetString()!, null)).ToList();
        Assert.Equal(numbers.Order(), numbers);
    }
}
