using System.Net;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class BrowserSafetyTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    private const string NewName = """{"displayName":"changed"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Origins that are not the server's; <c>own</c> stands for its host and <c>port</c> for its port.</summary>
    public static TheoryData<string> ForeignOrigins =>
    [
        "https://evil.example", "null", "http://own.example.com.evil", "http://example.com.evil:port", "http://127.0.0.1.evil.example:port",
        "http://127.0.0.1:1", "http://127.0.0.1", "http://own@evil.example", "file://", "//own", "own", "*", "http://own evil",
        "http://own/", "http://own/path", "http://user@own", "ws://own", "ftp://own",
    ];

    [Fact]
    public async Task Cookies_cannot_be_read_by_scripts_nor_be_sent_by_other_sites()
    {
        var ada = await world.NewUserAsync();
        var answer = await world.Client.SignInAsync(ada.UserName, headers: ("X-Forwarded-Proto", "https"));

        // Nobody has said that the proxy of this header is to be believed; over http the prefix would only lose the cookie.
        Assert.Equal(["hubchat", "hubchat-device"], answer.Cookies.Select(cookie => cookie.Split('=')[0]).Order());
        Assert.All(answer.Cookies, cookie =>
        {
            var attributes = cookie.ToLowerInvariant().Split("; ");
            Assert.Contains("httponly", attributes);
            Assert.Contains("samesite=strict", attributes);
            Assert.Contains("path=/", attributes);
            Assert.DoesNotContain("secure", attributes);
            Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        });
        var me = await world.Client.SendAsync(HttpMethod.Get, "/api/auth/me", null, null, ("Cookie", answer.Cookie("hubchat")));
        Assert.Equal(HttpStatusCode.OK, me.Status);

        var left = await world.Client.PostAsync(
            "/api/auth/logout", null, null, ("Cookie", answer.Cookie("hubchat")), ("Origin", Own()));
        Assert.Contains("expires=Thu, 01 Jan 1970", left.Cookies.Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Cookies_of_https_have_the_host_prefix()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ForwardedHeaders_Enabled"] = "true" });
        using var client = new AuthClient(app);
        await client.SignUpAsync("ada");

        var answer = await client.SignInAsync("ada", headers: ("X-Forwarded-Proto", "https"));

        Assert.Equal(["__Host-hubchat", "__Host-hubchat-device"], answer.Cookies.Select(cookie => cookie.Split('=')[0]).Order());
        Assert.All(answer.Cookies, cookie => Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(ForeignOrigins))]
    public async Task Foreign_origin_may_not_act(string origin)
    {
        var (ada, cookie) = await SignedInAsync();

        var withCookie = await PatchAsync(null, ("Cookie", cookie), ("Origin", Filled(origin)));
        var withToken = await PatchAsync(ada.Token, ("Origin", Filled(origin)));
        var signIn = await world.Client.SignInAsync(ada.UserName, headers: ("Origin", Filled(origin)));

        Assert.All([withCookie, withToken, signIn], answer =>
            Assert.Equal((HttpStatusCode.Forbidden, "origin_not_allowed"), (answer.Status, answer.Code)));
        Assert.Empty(signIn.Cookies);
        Assert.Null(withCookie.Header("Access-Control-Allow-Origin"));
        Assert.Equal(ada.UserName, (await world.Client.GetAsync("/api/auth/me", ada.Token)).Body.GetProperty("displayName").GetString());
    }

    [Theory]
    [MemberData(nameof(ForeignOrigins))]
    public async Task Foreign_origin_opens_no_hub_connection(string origin)
    {
        var (ada, cookie) = await SignedInAsync();

        await AssertRefusedAsync("/hubs/chat", ("Cookie", cookie), ("Origin", Filled(origin)));
        await AssertRefusedAsync($"/hubs/chat?access_token={ada.Token}", ("Origin", Filled(origin)));
        var negotiation = await world.Client.PostAsync(
            "/hubs/chat/negotiate?negotiateVersion=1", null, null, ("Cookie", cookie), ("Origin", Filled(origin)));
        Assert.Equal((HttpStatusCode.Forbidden, "origin_not_allowed"), (negotiation.Status, negotiation.Code));
    }

    [Fact]
    public async Task Missing_origin_is_allowed_to_programs_but_not_with_a_cookie()
    {
        var (ada, cookie) = await SignedInAsync();

        Assert.Equal("origin_not_allowed", (await PatchAsync(null, ("Cookie", cookie))).Code);
        await AssertRefusedAsync("/hubs/chat", ("Cookie", cookie));
        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(ada.Token)).Status);
        using var program = await ConnectAsync("/hubs/chat", ("Authorization", $"Bearer {ada.Token}"));
    }

    [Fact]
    public async Task Own_origin_may_act_with_the_cookie()
    {
        var (_, cookie) = await SignedInAsync();

        Assert.Equal(HttpStatusCode.OK, (await PatchAsync(null, ("Cookie", cookie), ("Origin", Own()))).Status);
        using var page = await ConnectAsync("/hubs/chat", ("Cookie", cookie), ("Origin", Own()));
    }

    [Theory]
    [InlineData("same-origin", true)]
    [InlineData("same-site", false)]
    [InlineData("cross-site", false)]
    [InlineData("none", false)]
    [InlineData("", false)]
    [InlineData("same-origin, same-origin", false)]
    public async Task Browser_that_sends_no_origin_may_act_when_it_says_that_it_is_the_own_one(string site, bool isAllowed)
    {
        var (_, cookie) = await SignedInAsync();

        var answer = await PatchAsync(null, ("Cookie", cookie), ("Sec-Fetch-Site", site));
        var contradicted = await PatchAsync(null, ("Cookie", cookie), ("Sec-Fetch-Site", site), ("Origin", "https://evil.example"));

        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("origin_not_allowed", contradicted.Code);
    }

    [Fact]
    public async Task Scheme_of_the_own_origin_may_be_higher_than_the_servers_but_not_lower()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ForwardedHeaders_Enabled"] = "true" });
        using var client = new AuthClient(app);
        await client.SignUpAsync("ada");
        var host = app.Address.Authority;

        // Where TLS ends in a proxy that says nothing of it, the server sees http.
        Assert.Equal(HttpStatusCode.OK, (await client.SignInAsync("ada", headers: ("Origin", $"https://{host}"))).Status);
        var downgraded = await client.SignInAsync("ada", headers: [("Origin", $"http://{host}"), ("X-Forwarded-Proto", "https")]);
        Assert.Equal((HttpStatusCode.Forbidden, "origin_not_allowed"), (downgraded.Status, downgraded.Code));
    }

    [Fact]
    public async Task Configured_origin_may_act_and_is_told_so()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Accounts:AllowedOrigins:0"] = "https://chat.example.com" });
        using var client = new AuthClient(app);
        await client.SignUpAsync("ada");

        var allowed = await client.SignInAsync("ada", headers: ("Origin", "https://chat.example.com"));
        var other = await client.SignInAsync("ada", headers: ("Origin", "https://chat.example.com.evil"));

        Assert.Equal((HttpStatusCode.OK, "https://chat.example.com"), (allowed.Status, allowed.Header("Access-Control-Allow-Origin")));
        Assert.Equal((HttpStatusCode.Forbidden, null), (other.Status, other.Header("Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData("text/plain", """{"username":"a","password":"x"}""")]
    [InlineData("application/x-www-form-urlencoded", "username=a&password=x")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na\r\n--b--\r\n")]
    [InlineData("application/xml", "<a/>")]
    public async Task Body_that_a_form_could_send_is_refused(string contentType, string body)
    {
        var answer = await world.Client.PostTextAsync("/api/auth/login", body, contentType);

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), (answer.Status, answer.Code));
    }

    private string Own() => world.App.Address.GetLeftPart(UriPartial.Authority);

    private string Filled(string origin) => origin.Replace("own", world.App.Address.Authority, StringComparison.Ordinal)
        .Replace("port", $"{world.App.Address.Port}", StringComparison.Ordinal);

    private async Task<(TestUser User, string Cookie)> SignedInAsync()
    {
        var ada = await world.NewUserAsync();
        return (ada, (await world.Client.SignInAsync(ada.UserName)).Cookie("hubchat"));
    }

    private Task<Answer> PatchAsync(string? token, params (string Name, string Value)[] headers) => world.Client.SendAsync(
        HttpMethod.Patch, "/api/auth/me", new StringContent(NewName, System.Text.Encoding.UTF8, "application/json"), token, headers);

    private async Task AssertRefusedAsync(string path, params (string Name, string Value)[] headers)
    {
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => ConnectAsync(path, headers));
        Assert.Contains("HTTP/1.1 403 ", refusal.Message, StringComparison.Ordinal);
    }

    private Task<RawWebSocket> ConnectAsync(string path, params (string Name, string Value)[] headers) => RawWebSocket.ConnectAsync(
        new Uri(world.App.Address, path), Token, headers: headers.ToDictionary(header => header.Name, header => header.Value));
}
