using System.Net;
using System.Text.RegularExpressions;
using HubChat.Server.Identity;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed partial class SetupTokenTests
{
    [Fact]
    public async Task Printed_token_makes_the_first_administrator_once()
    {
        await using var app = new HubChatApp();
        using var client = new AuthClient(app);
        var token = TokenOf(app);

        var wrong = await client.SignUpAsync("eve", setupToken: new string('0', token.Length));
        var empty = await client.SignUpAsync("eve", setupToken: "");
        var first = await client.SignUpAsync("ada", setupToken: token);
        var second = await client.SignUpAsync("bob", setupToken: token);

        Assert.Equal((HttpStatusCode.Forbidden, "setup_token_invalid"), (wrong.Status, wrong.Code));
        Assert.Equal("setup_token_invalid", empty.Code);
        Assert.Equal("admin", first.Body.GetProperty("user").GetProperty("role").GetString());
        Assert.Equal("admin", (await client.GetAsync("/api/auth/me", first.Token)).Body.GetProperty("role").GetString());
        Assert.Equal("setup_token_invalid", second.Code);
        Assert.Equal(["ada"], await app.ReadAsync(db => db.Users.Select(user => user.UserName!).ToListAsync()));

        var limits = await client.GetAsync("/limits", first.Token);
        Assert.Equal(HttpStatusCode.OK, limits.Status);
        Assert.Equal(32_000, limits.Body.GetProperty("chats").GetProperty("maxTextLength").GetInt32());
        Assert.DoesNotContain("Data Source", limits.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_uses_at_once_exactly_one_makes_an_administrator()
    {
        await using var app = new HubChatApp();
        using var client = new AuthClient(app);
        var token = TokenOf(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => client.SignUpAsync($"person-{number}", setupToken: token)));

        Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.Created), answer => Assert.Equal("setup_token_invalid", answer.Code));
        Assert.Equal(1, await app.ReadAsync(db => db.Users.CountAsync()));
        Assert.Equal(1, await app.ReadAsync(db => db.Users.CountAsync(user => user.Role == UserRole.Admin)));
    }

    private static string TokenOf(HubChatApp app)
    {
        app.Start();
        return Printed().Match(string.Join('\n', app.Log.All)).Groups[1].Value;
    }

    [GeneratedRegex("setup token to become one: ([0-9a-f]{32})")]
    private static partial Regex Printed();
}
