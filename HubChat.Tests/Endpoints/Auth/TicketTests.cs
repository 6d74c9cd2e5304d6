using System.Net;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using HubChat.Tests.Redis;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class TicketTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    private const string Negotiate = "/hubs/chat/negotiate?negotiateVersion=1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ticket_opens_one_connection_that_goes_on_as_the_session()
    {
        var ada = await world.NewUserAsync();
        var answer = await world.Client.PostAsync("/api/auth/tickets", null, ada.Token);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["ticket", "expiresAt"], answer.Body.EnumerateObject().Select(member => member.Name));
        Assert.InRange((answer.Body.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalSeconds, 30, 61);
        var ticket = TicketOf(answer);

        using var hub = await RawHubClient.ConnectAsync(ada.Address, ticket, Token);

        var chat = (await hub.InvokeAsync("CreateChat", [new { }], Token)).GetProperty("id").GetString();
        await using var other = await ada.ConnectAsync(Token);
        await other.CallAsync("GetChat", Token, chat);
        await AssertRefusedAsync(ada, ticket);
        await hub.InvokeAsync("ListChats", [new { }], Token);
    }

    [Fact]
    public async Task Of_many_who_use_a_ticket_at_once_one_gets_in()
    {
        var ada = await world.NewUserAsync();
        var ticket = await NewTicketAsync(ada);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                using var hub = await RawHubClient.ConnectAsync(ada.Address, ticket, Token);
                return "in";
            }
            catch (HttpRequestException refusal) when (refusal.Message.Contains(" 401 ", StringComparison.Ordinal))
            {
                return "out";
            }
        }));

        Assert.Single(outcomes, outcome => outcome == "in");
    }

    [Fact]
    public async Task Connection_that_a_ticket_opened_ends_with_its_session()
    {
        var ada = await world.NewUserAsync();
        var unused = await NewTicketAsync(ada);
        var ticket = await NewTicketAsync(ada);
        await using var hub = await TestConnection.OpenAsync(new Uri(ada.Address, "/hubs/chat"), () => ticket, Token);

        await world.Client.PostAsync("/api/auth/logout", null, ada.Token);

        Assert.Equal("logged_out", await hub.SessionEnded.WaitAsync(Token));
        await hub.Closed.WaitAsync(Token);
        Assert.Equal((HttpStatusCode.Unauthorized, "ticket_invalid"), await NegotiateAsync(unused));
        await AssertRefusedAsync(ada, unused);
    }

    [Fact]
    public async Task Ticket_is_none_after_a_minute()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var app = new HubChatApp(time: time);
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);
        var (early, late) = (TicketOf(await client.PostAsync("/api/auth/tickets", null, ada.Token)), TicketOf(await client.PostAsync("/api/auth/tickets", null, ada.Token)));
        time.Advance(TimeSpan.FromSeconds(59));
        (await RawHubClient.ConnectAsync(ada.Address, early, Token)).Dispose();

        time.Advance(TimeSpan.FromSeconds(1));

        await AssertRefusedAsync(ada, late);
    }

    [Fact]
    public async Task Garbage_is_no_ticket()
    {
        var ada = await world.NewUserAsync();
        var ticket = await NewTicketAsync(ada);
        var changed = ticket[..10] + (ticket[10] == 'A' ? 'B' : 'A') + ticket[11..];
        foreach (var garbage in new[] { "hct_", "hct_x", changed, ticket + "A", ticket[..^1], "hct_" + new string('A', 4_000), "hct_%00'\"\u00e9" })
        {
            await AssertRefusedAsync(ada, garbage);
            Assert.Equal((HttpStatusCode.Unauthorized, "ticket_invalid"), await NegotiateAsync(garbage, inQuery: true));
        }

        (await RawHubClient.ConnectAsync(ada.Address, ticket, Token)).Dispose();
    }

    [Fact]
    public async Task Outside_the_hub_a_ticket_is_nothing()
    {
        var ada = await world.NewUserAsync();
        var ticket = await NewTicketAsync(ada);

        foreach (var path in new[] { "/api/auth/me", "/api/usage", "/v1/models", "/backend-api/conversations", "/hubsx", "/api/auth/me?access_token=" + ticket })
        {
            Assert.True((await world.Client.GetAsync(path, ticket)).Status is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound, path);
        }

        Assert.Equal("not_signed_in", (await world.Client.GetAsync("/api/auth/me?access_token=" + ticket)).Code);
        Assert.Equal("not_signed_in", (await world.Client.PostAsync("/api/auth/tickets", null, ticket)).Code);
        (await RawHubClient.ConnectAsync(ada.Address, ticket, Token)).Dispose();
    }

    [Fact]
    public async Task Negotiating_leaves_the_ticket_and_connecting_uses_it_up()
    {
        var ada = await world.NewUserAsync();
        var ticket = await NewTicketAsync(ada);
        var negotiated = await world.Client.PostAsync(Negotiate, null, ticket);
        Assert.Equal(HttpStatusCode.OK, negotiated.Status);
        var address = $"/hubs/chat?id={Uri.EscapeDataString(negotiated.Body.GetProperty("connectionToken").GetString()!)}&access_token={ticket}";

        (await RawWebSocket.ConnectAsync(new Uri(ada.Address, address), Token)).Dispose();

        Assert.Equal((HttpStatusCode.Unauthorized, "ticket_invalid"), await NegotiateAsync(ticket));
    }

    [Fact]
    public async Task Other_transports_take_no_ticket_and_leave_it()
    {
        var ada = await world.NewUserAsync();
        var ticket = await NewTicketAsync(ada);
        var id = Uri.EscapeDataString((await world.Client.PostAsync(Negotiate, null, ticket)).Body.GetProperty("connectionToken").GetString()!);
        foreach (var (method, headers) in new[]
        {
            (HttpMethod.Get, new[] { ("Accept", "text/event-stream") }), (HttpMethod.Get, []), (HttpMethod.Post, []), (HttpMethod.Delete, []),
            (HttpMethod.Get, [("Upgrade", "websocket")]), (HttpMethod.Get, [("Connection", "Upgrade"), ("Upgrade", "h2c")]),
        })
        {
            foreach (var answer in new[]
            {
                await world.Client.SendAsync(method, $"/hubs/chat?id={id}", null, ticket, headers),
                await world.Client.SendAsync(method, $"/hubs/chat?id={id}&access_token={ticket}", null, null, headers),
            })
            {
                Assert.Equal((HttpStatusCode.Forbidden, "ticket_websocket_only"), (answer.Status, answer.Code));
            }
        }

        (await RawHubClient.ConnectAsync(ada.Address, ticket, Token)).Dispose();
    }

    [Fact]
    public async Task Key_that_opens_the_hub_may_have_tickets()
    {
        var ada = await world.NewUserAsync();
        var (chat, models) = (await world.Client.NewKeyAsync(ada, "chat"), await world.Client.NewKeyAsync(ada, "models"));

        var ticket = TicketOf(await world.Client.PostAsync("/api/auth/tickets", null, chat));
        using var hub = await RawHubClient.ConnectAsync(ada.Address, ticket, Token);
        await hub.InvokeAsync("ListChats", [new { }], Token);
        var refused = await world.Client.PostAsync("/api/auth/tickets", null, models);
        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Page_of_another_site_gets_no_ticket()
    {
        var name = world.NewName();
        var cookie = (await world.Client.SignUpAsync(name)).Cookie("hubchat");

        foreach (var headers in new[] { new[] { ("Cookie", cookie) }, [("Cookie", cookie), ("Origin", "https://evil.example")] })
        {
            var refused = await world.Client.PostAsync("/api/auth/tickets", null, null, headers);
            Assert.Equal((HttpStatusCode.Forbidden, "origin_not_allowed"), (refused.Status, refused.Code));
        }

        var own = world.App.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.PostAsync("/api/auth/tickets", null, null, ("Cookie", cookie), ("Origin", own))).Status);
    }

    [Fact]
    public async Task Tickets_are_limited_by_rate_and_in_number()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["RateLimits:Enabled"] = "true",
            ["RateLimits:ApiBurst"] = "10",
            ["RateLimits:ApiRequestsPerSecond"] = "1",
            ["Accounts:MaxTickets"] = "3",
        });
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.PostAsync("/api/auth/tickets", null, ada.Token)));

        Assert.Equal(["busy", "ok", "rate_limited"], answers.Select(answer => answer.Code ?? "ok").Distinct().Order());
        Assert.Equal(3, answers.Count(answer => answer.Status is HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Code == "busy"), answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status));
        Assert.All(answers.Where(answer => answer.Code == "rate_limited"), answer => Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status));
    }

    [Fact]
    public async Task Ticket_lies_in_Redis_where_there_is_one()
    {
        await using var redis = await RedisServer.StartAsync(Token);
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ConnectionStrings:Redis"] = redis.Connection });
        using var client = new AuthClient(app);
        await using var database = await redis.ConnectAsync();
        var ada = await app.SignUpAsync("ada", Token);
        var ticket = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                ticket = TicketOf(await client.PostAsync("/api/auth/tickets", null, ada.Token));
                return database.GetServers().Single().Keys(pattern: "hubchat:{ticket:*").Any();
            },
            Token);

        using var hub = await RawHubClient.ConnectAsync(ada.Address, ticket, Token);

        await hub.InvokeAsync("ListChats", [new { }], Token);
        Assert.Empty(database.GetServers().Single().Keys(pattern: "hubchat:{ticket:*"));
        await AssertRefusedAsync(ada, ticket);
    }

    private static string TicketOf(Answer answer) => answer.Body.GetProperty("ticket").GetString()!;

    /// <summary>In the query, as browsers do it, and in the header.</summary>
    private static async Task AssertRefusedAsync(TestUser user, string ticket)
    {
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => RawHubClient.ConnectAsync(user.Address, ticket, Token));
        Assert.Contains("HTTP/1.1 401 ", refusal.Message, StringComparison.Ordinal);
        if (ticket.All(char.IsAscii))
        {
            await Assert.ThrowsAsync<HttpRequestException>(
                () => TestConnection.OpenAsync(new Uri(user.Address, "/hubs/chat"), () => ticket, Token));
        }
    }

    private async Task<string> NewTicketAsync(TestUser user) => TicketOf(await world.Client.PostAsync("/api/auth/tickets", null, user.Token));

    private async Task<(HttpStatusCode Status, string? Code)> NegotiateAsync(string ticket, bool inQuery = false)
    {
        var answer = inQuery
            ? await world.Client.PostAsync($"{Negotiate}&access_token={Uri.EscapeDataString(ticket)}", null)
            : await world.Client.PostAsync(Negotiate, null, ticket);
        return (answer.Status, answer.Code);
    }
}
