using System.Net;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Endpoints;

public sealed class UsageEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Own_usage_is_told_by_day_and_model_and_nobody_elses()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:User:RequestsPerMinute"] = "5", ["Usage:User:Running"] = "2" });
        using var client = new AuthClient(app);
        app.Model.Hold = true;
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await AskAsync(app, ada, times: 2);
        await AskAsync(app, bob, times: 1);

        var usage = (await client.GetAsync("/api/usage", ada.Token)).Body;

        var today = DateTimeOffset.UtcNow.UtcDateTime.ToString("yyyy-MM-dd", null);
        Assert.Equal(today, usage.GetProperty("to").GetString());
        var item = Assert.Single(usage.GetProperty("usage").EnumerateArray());
        Assert.Equal($$"""{"day":"{{today}}","model":"scripted","calls":2,"inputTokens":20,"outputTokens":6,"cost":0}""", item.GetRawText());
        var requests = usage.GetProperty("limits").EnumerateArray().Single(limit => Is(limit, "requests", 60));
        Assert.Equal((5, 2), (requests.GetProperty("limit").GetInt32(), requests.GetProperty("used").GetInt32()));
        Assert.Equal(2, usage.GetProperty("limits").EnumerateArray().Single(limit => Is(limit, "running", 0)).GetProperty("limit").GetInt32());
    }

    [Fact]
    public async Task Days_are_those_asked_for()
    {
        await using var app = new HubChatApp();
        using var client = new AuthClient(app);
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await AskAsync(app, ada, times: 1);
        await app.ReadAsync(db => db.Ledger.ExecuteUpdateAsync(set => set.SetProperty(entry => entry.Day, new DateOnly(2026, 1, 31)), Token));

        Assert.Single((await client.GetAsync("/api/usage?from=2026-01-31&to=2026-01-31", ada.Token)).Body.GetProperty("usage").EnumerateArray());
        Assert.Empty((await client.GetAsync("/api/usage?from=2026-01-01&to=2026-01-30", ada.Token)).Body.GetProperty("usage").EnumerateArray());
        Assert.Empty((await client.GetAsync("/api/usage?from=2026-02-01&to=2026-02-02", ada.Token)).Body.GetProperty("usage").EnumerateArray());
    }

    [Theory]
    [InlineData("from=yesterday")]
    [InlineData("from=2026-13-01")]
    [InlineData("to=2026-1-1")]
    [InlineData("from=0001-01-01")]
    [InlineData("to=0001-01-01")]
    [InlineData("from=2026-02-02&to=2026-02-01")]
    [InlineData("from=2020-01-01&to=2026-01-01")]
    [InlineData("from=")]
    public async Task Span_that_is_none_is_refused(string query)
    {
        await using var app = new HubChatApp();
        using var client = new AuthClient(app);
        var answer = await client.GetAsync($"/api/usage?{query}", (await app.SignUpAsync("ada", Token)).Token);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Body.GetProperty("code").GetString()));
    }

    private static bool Is(JsonElement limit, string meter, int seconds) =>
        limit.GetProperty("meter").GetString() == meter && limit.GetProperty("seconds").GetInt32() == seconds;

    private static async Task AskAsync(HubChatApp app, TestUser user, int times)
    {
        await using var hub = await user.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        for (var i = 0; i < times; i++)
        {
            await hub.PostAsync(chat, "Hello", $"c-{i}", Token);
            var turn = await app.Model.NextTurnAsync(Token);
            turn.Say("Hi");
            turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 10, OutputTokenCount = 3 })] });
            turn.Finish();
            await hub.NextEventAsync("generation.completed", Token);
        }
    }
}
