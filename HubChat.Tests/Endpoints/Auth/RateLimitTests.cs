using System.Globalization;
using System.Net;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class RateLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Account_may_be_tried_so_many_times_a_minute_known_or_not()
    {
        await using var app = App(("SignInsPerAccount", "3"), ("SignInsPerAddress", "1000"));
        using var client = new AuthClient(app);
        await client.SignUpAsync("ada");

        foreach (var name in new[] { "ada", "nobody" })
        {
            for (var attempt = 0; attempt < 3; attempt++)
            {
                Assert.Equal("wrong_credentials", (await client.SignInAsync(name, "a wrong password")).Code);
            }

            AssertLimited(await client.SignInAsync(name.ToUpperInvariant()));
        }
    }

    [Fact]
    public async Task Address_may_sign_in_and_up_so_many_times_a_minute()
    {
        await using var app = App(("SignInsPerAccount", "1000"), ("SignInsPerAddress", "5"));
        using var client = new AuthClient(app);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            // The address counts, not what a header claims.
            var answer = await client.SignInAsync($"nobody-{attempt}", headers: ("X-Forwarded-For", $"192.0.2.{attempt}"));
            Assert.Equal("wrong_credentials", answer.Code);
        }

        AssertLimited(await client.SignInAsync("nobody", headers: ("X-Forwarded-For", "192.0.2.99")));
        AssertLimited(await client.SignUpAsync("ada"));
    }

    [Fact]
    public async Task Address_may_make_so_many_requests()
    {
        await using var app = App(("ApiBurst", "10"), ("ApiRequestsPerSecond", "1"));
        using var client = new AuthClient(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync("/api/auth/me")));

        var limited = answers.Where(answer => answer.Status is HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(limited);
        Assert.All(limited, AssertLimited);
        Assert.InRange(answers.Count(answer => answer.Status is HttpStatusCode.Unauthorized), 10, 20);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).Status);
    }

    [Fact]
    public async Task Connection_may_make_so_many_calls()
    {
        await using var app = App(("HubBurst", "5"), ("HubCallsPerSecond", "1"));
        var ada = await app.SignUpAsync("ada", Token);
        await using var connection = await ada.ConnectAsync(Token);
        var codes = new List<string>();
        for (var call = 0; call < 30; call++)
        {
            try
            {
                await connection.CallAsync("ListChats", Token, new { });
                codes.Add("ok");
            }
            catch (Microsoft.AspNetCore.SignalR.HubException refusal)
            {
                codes.Add(TestConnection.CodeOf(refusal));
            }
        }

        Assert.Equal(["ok", "rate_limited"], codes.Distinct());
        Assert.Equal(Enumerable.Repeat("ok", 5), codes.Take(5));
    }

    [Fact]
    public async Task Person_may_have_so_many_connections()
    {
        await using var app = App(("ConnectionsPerUser", "2"));
        var ada = await app.SignUpAsync("ada", Token);
        await using var first = await ada.ConnectAsync(Token);
        await using var second = await ada.ConnectAsync(Token);

        await using var third = await ada.ConnectAsync(Token);
        var reason = await third.Closed.WaitAsync(Token);
        Assert.Equal("limit_reached", TestConnection.CodeOf(reason!));

        await first.CreateChatAsync(Token);
        await second.CreateChatAsync(Token);
    }

    private static HubChatApp App(params (string Name, string Value)[] limits) => new(
        limits.Select(limit => ($"RateLimits:{limit.Name}", limit.Value)).Append(("RateLimits:Enabled", "true"))
            .ToDictionary(setting => setting.Item1, setting => setting.Item2));

    private static void AssertLimited(Answer answer)
    {
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limited"), (answer.Status, answer.Code));
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
    }
}
