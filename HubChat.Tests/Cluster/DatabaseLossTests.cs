using System.Net;
using System.Net.Http.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Sse;
using HubChat.Tests.Postgres;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>A server whose database is away for a while refuses what it cannot do, says so, and has lost nothing when it is back.</summary>
public sealed class DatabaseLossTests
{
    private static readonly TimeSpan Wide = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_are_refused_with_a_time_to_come_again_and_everybody_is_told_why()
    {
        await using var postgres = await PostgresServer.StartAsync(Token);
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["ConnectionStrings:HubChat"] = postgres.CreateDatabase(),
            ["Realtime:TailCheckInterval"] = "00:00:00.300",
        });
        var ada = await app.SignUpAsync("ada", Token);
        using var http = ada.Http();
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "before", "before", Token);
        Assert.False((await hub.NextAsync(Token, "top")).TryGetProperty("degraded", out _));
        var message = new { chatId = chat, text = "meanwhile", clientMessageId = "meanwhile" };

        await postgres.KillAsync(Token);

        Assert.Equal("busy", await hub.RefusedAsync("PostMessage", Token, message));
        using (var refused = await http.PostAsJsonAsync("/backend-api/f/conversation", SseWorld.Question("Hello"), Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        }

        using (var refused = await http.GetAsync("/api/auth/sessions", Token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        }

        Assert.Equal("database", await DegradedAsync(hub));
        await Eventually.HoldsAsync(async () => await http.GetStringAsync("/readyz", Token) == "degraded: database", Token, Wide);

        await postgres.RestartAsync(Token);

        await Eventually.HoldsAsync(async () => await http.GetStringAsync("/readyz", Token) == "ready", Token, Wide);
        await hub.CallAsync("PostMessage", Token, message);
        Assert.Equal(["before", "meanwhile"], (await hub.MessagesAsync(chat, Token)).Select(stored => stored.GetProperty("text").GetString()).Where(text => text is "before" or "meanwhile"));
    }

    /// <summary>What the next comparison says that does not find everything in order.</summary>
    private static async Task<string?> DegradedAsync(TestConnection hub)
    {
        while (true)
        {
            if ((await hub.NextAsync(Token, "top")).TryGetProperty("degraded", out var degraded))
            {
                return degraded.EnumerateArray().Single().GetString();
            }
        }
    }
}
