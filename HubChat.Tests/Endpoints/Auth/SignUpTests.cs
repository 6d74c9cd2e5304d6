using System.Net;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class SignUpTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    [Fact]
    public async Task New_person_is_signed_in_and_shown_without_secrets()
    {
        var name = world.NewName();

        var answer = await world.Client.SignUpAsync(name);

        Assert.Equal((HttpStatusCode.Created, "/api/auth/me"), (answer.Status, answer.Header("Location")));
        var user = answer.Body.GetProperty("user");
        Assert.Equal(
            ["createdAt", "displayName", "email", "id", "role", "username"], user.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal((name, $"{name}@example.org", name, "member"), (
            user.GetProperty("username").GetString(), user.GetProperty("email").GetString(), user.GetProperty("displayName").GetString(),
            user.GetProperty("role").GetString()));
        Assert.Equal(user.ToString(), (await world.Client.GetAsync("/api/auth/me", answer.Token)).Body.ToString());
    }

    [Theory]
    [InlineData("ab", null, null, "username_invalid")]
    [InlineData("a name", null, null, "username_invalid")]
    [InlineData("Ädä", null, null, "username_invalid")]
    [InlineData("ａｄａ", null, null, "username_invalid")]
    [InlineData("a\u0000bc", null, null, "username_invalid")]
    [InlineData("ada\r\nSet-Cookie", null, null, "username_invalid")]
    [InlineData("Assistant", null, null, "username_invalid")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddd", null, null, "username_invalid")]
    [InlineData("", null, null, "username_invalid")]
    [InlineData(null, "nobody", null, "email_invalid")]
    [InlineData(null, "Ada <ada@example.org>", null, "email_invalid")]
    [InlineData(null, "", null, "email_invalid")]
    [InlineData(null, "ada@example.org\r\nBcc: x@example.org", null, "email_invalid")]
    [InlineData(null, null, "1234567", "password_invalid")]
    [InlineData(null, null, "", "password_invalid")]
    public async Task Bad_name_address_or_password_is_refused(string? userName, string? email, string? password, string code)
    {
        var answer = await world.Client.SignUpAsync(userName ?? world.NewName(), email, password ?? TestUser.Password);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Empty(answer.Cookies);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("two\nlines")]
    [InlineData("\u001b[31mred")]
    [InlineData("\u202Edesrever")]
    [InlineData("in\u200Bvisible")]
    [InlineData("a\u0000b")]
    public async Task Bad_display_name_is_refused(string displayName)
    {
        var name = world.NewName();

        var answer = await world.Client.PostAsync(
            "/api/auth/signup", new { username = name, email = $"{name}@example.org", password = TestUser.Password, displayName });

        Assert.Equal((HttpStatusCode.BadRequest, "name_invalid"), (answer.Status, answer.Code));
        Assert.Equal("wrong_credentials", (await world.Client.SignInAsync(name)).Code);
    }

    [Fact]
    public async Task Password_of_the_greatest_length_counts_in_full()
    {
        var (name, password) = (world.NewName(), new string('p', 128));
        Assert.Equal(HttpStatusCode.Created, (await world.Client.SignUpAsync(name, password: password)).Status);

        Assert.Equal("password_invalid", (await world.Client.SignUpAsync(world.NewName(), password: password + "p")).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.SignInAsync(name, password[..^1])).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(name, password)).Status);
    }

    [Fact]
    public async Task Taken_name_or_address_is_refused_in_any_letter_case()
    {
        var name = world.NewName();
        await world.Client.SignUpAsync(name);

        var sameName = await world.Client.SignUpAsync(name.ToUpperInvariant(), "other@example.org");
        var sameEmail = await world.Client.SignUpAsync(world.NewName(), $"{name.ToUpperInvariant()}@EXAMPLE.org");

        Assert.Equal((HttpStatusCode.Conflict, "username_taken"), (sameName.Status, sameName.Code));
        Assert.Equal((HttpStatusCode.Conflict, "email_taken"), (sameEmail.Status, sameEmail.Code));
    }

    [Fact]
    public async Task Of_many_sign_ups_with_one_name_exactly_one_succeeds()
    {
        var name = world.NewName();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => world.Client.SignUpAsync(name, $"{name}-{number}@example.org")));

        Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.Created), answer => Assert.Equal("username_taken", answer.Code));
        Assert.Equal(1, await world.App.ReadAsync(db => db.Users.CountAsync(user => user.UserName == name)));
    }

    [Fact]
    public async Task Of_many_sign_ups_with_one_address_exactly_one_succeeds()
    {
        var email = $"{world.NewName()}@example.org";

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.Client.SignUpAsync(world.NewName(), email)));

        Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.Created), answer => Assert.Equal("email_taken", answer.Code));
    }
}
