using System.Diagnostics;
using System.Net;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class SignInTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    private static readonly string[] New = ["Date", "X-Request-Id"];
    private static readonly string[] Wrong = Enumerable.Repeat("a wrong password", 5).ToArray();

    [Fact]
    public async Task Name_in_any_case_or_address_signs_in_with_a_new_session()
    {
        var ada = await world.NewUserAsync();

        var byName = await world.Client.SignInAsync(ada.UserName.ToUpperInvariant());
        var byEmail = await world.Client.PostAsync("/api/auth/login", new { email = $"{ada.UserName}@example.org", password = TestUser.Password });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (byName.Status, byEmail.Status));
        Assert.Equal(ada.Id, byEmail.Body.GetProperty("user").GetProperty("id").GetString());
        Assert.Equal(3, new[] { ada.Token, byName.Token, byEmail.Token }.Distinct().Count());
    }

    [Fact]
    public async Task Token_that_was_there_before_does_not_become_somebodys()
    {
        var ada = await world.NewUserAsync();

        var answer = await world.Client.PostAsync(
            "/api/auth/login", new { username = ada.UserName, password = TestUser.Password }, null,
            ("Cookie", "hubchat=hcs_chosen-by-somebody-else"), ("Origin", world.App.Address.GetLeftPart(UriPartial.Authority)));

        Assert.NotEqual("hubchat=hcs_chosen-by-somebody-else", answer.Cookie("hubchat"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", "hcs_chosen-by-somebody-else")).Status);
    }

    [Fact]
    public async Task Unknown_name_and_wrong_password_are_answered_alike()
    {
        var ada = await world.NewUserAsync();

        var wrong = await world.Client.SignInAsync(ada.UserName, "a wrong password");
        var unknown = await world.Client.SignInAsync(world.NewName(), "a wrong password");

        Assert.Equal((HttpStatusCode.Unauthorized, "wrong_credentials"), (wrong.Status, wrong.Code));
        Assert.Equal(Described(wrong), Described(unknown));
    }

    [Theory]
    [InlineData("""{"password":"x"}""")]
    [InlineData("""{"username":"a","email":"a@example.org","password":"x"}""")]
    [InlineData("""{"username":"a"}""")]
    [InlineData("""{"username":"a","password":null}""")]
    [InlineData("""{"username":"a","password":17}""")]
    [InlineData("""{"username":"a","password":"x","password":"y"}""")]
    [InlineData("""{"username":"a","password":"x","role":"admin"}""")]
    [InlineData("""{"Username":"a","password":"x"}""")]
    [InlineData("""{"username":"a","password":"x",}""")]
    [InlineData("""["a","x"]""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{")]
    public async Task Body_that_does_not_fit_is_refused(string body)
    {
        var answer = await world.Client.PostTextAsync("/api/auth/login", body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("\\ud800", "x")]
    [InlineData("a\\u0000b", "x")]
    [InlineData("a", "\\ud800\\ud800")]
    [InlineData("a", "a\\u0000bcdefgh")]
    public async Task Broken_text_signs_nobody_in(string name, string password)
    {
        var answer = await world.Client.PostTextAsync("/api/auth/login", $$"""{"username":"{{name}}","password":"{{password}}"}""");

        Assert.InRange((int)answer.Status, 400, 401);
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_the_account_but_not_for_a_known_browser()
    {
        var ada = await world.NewUserAsync();
        var device = (await world.Client.SignInAsync(ada.UserName)).Cookie("hubchat-device");
        foreach (var password in Wrong)
        {
            Assert.Equal("wrong_credentials", (await world.Client.SignInAsync(ada.UserName, password)).Code);
        }

        var locked = await world.Client.SignInAsync(ada.UserName);

        Assert.Equal((HttpStatusCode.TooManyRequests, "locked_out"), (locked.Status, locked.Code));
        Assert.InRange(int.Parse(locked.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 300);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(ada.UserName, headers: ("Cookie", device))).Status);
    }

    [Fact]
    public async Task Known_browser_of_one_account_opens_no_other()
    {
        var (ada, eve) = (await world.NewUserAsync(), await world.NewUserAsync());
        var device = (await world.Client.SignInAsync(eve.UserName)).Cookie("hubchat-device");
        foreach (var password in Wrong)
        {
            await world.Client.SignInAsync(ada.UserName, password);
        }

        Assert.Equal("locked_out", (await world.Client.SignInAsync(ada.UserName, headers: ("Cookie", device))).Code);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(eve.UserName)).Status);
    }

    [Fact]
    public async Task Device_token_is_no_session()
    {
        var ada = await world.NewUserAsync();
        var device = (await world.Client.SignInAsync(ada.UserName)).Cookie("hubchat-device").Split('=')[1];

        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", device)).Status);
    }

    [Fact]
    public async Task Long_password_is_refused_without_being_hashed()
    {
        // One hash at this cost takes many seconds.
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Accounts:PasswordIterations"] = "10000000" });
        using var client = new AuthClient(app);
        var password = new string('p', 1_000_000);
        var watch = Stopwatch.StartNew();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.SignInAsync("nobody", password)));
        var signUp = await client.SignUpAsync("somebody", password: password);

        // Asked for before it is sent: a connection that is closed while a client still writes may lose it the answer.
        var tooLarge = await client.SignInAsync("nobody", password + password, ("Expect", "100-continue"));

        Assert.All(answers, answer => Assert.Equal("wrong_credentials", answer.Code));
        Assert.Equal("password_invalid", signUp.Code);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (tooLarge.Status, tooLarge.Code));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    /// <summary>All that a caller can see, but for what is new in every answer.</summary>
    private static string Described(Answer answer) => string.Join(
        '\n',
        answer.Headers.Where(header => !New.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order()
            .Append(answer.Body.ToString().Replace(answer.Body.GetProperty("requestId").GetString()!, "", StringComparison.Ordinal))
            .Append(answer.Status.ToString()));
}
