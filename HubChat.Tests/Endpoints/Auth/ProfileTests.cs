using System.Net;
using System.Net.Http.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class ProfileTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    [Fact]
    public async Task Profile_is_changed_in_part()
    {
        var ada = await world.NewUserAsync();

        var named = await PatchAsync(ada, new { displayName = "Ada L." });
        var moved = await PatchAsync(ada, new { email = $"{ada.UserName}@example.com" });

        Assert.Equal((HttpStatusCode.OK, "Ada L."), (named.Status, named.Body.GetProperty("displayName").GetString()));
        var me = (await world.Client.GetAsync("/api/auth/me", ada.Token)).Body;
        Assert.Equal(moved.Body.ToString(), me.ToString());
        Assert.Equal(("Ada L.", $"{ada.UserName}@example.com"), (me.GetProperty("displayName").GetString(), me.GetProperty("email").GetString()));
    }

    [Theory]
    [InlineData("""{"displayName":""}""", "name_invalid")]
    [InlineData("""{"displayName":"two\nlines"}""", "name_invalid")]
    [InlineData("""{"displayName":"\u202Edesrever"}""", "name_invalid")]
    [InlineData("""{"email":"nobody"}""", "email_invalid")]
    [InlineData("""{"username":"another"}""", "invalid_request")]
    [InlineData("""{"role":"admin"}""", "invalid_request")]
    [InlineData("""{"id":"01920000-0000-7000-8000-0000000000ab"}""", "invalid_request")]
    [InlineData("""{"passwordHash":"x"}""", "invalid_request")]
    public async Task Bad_change_changes_nothing(string body, string code)
    {
        var ada = await world.NewUserAsync();
        var before = (await world.Client.GetAsync("/api/auth/me", ada.Token)).Body.ToString();

        var answer = await world.Client.SendAsync(HttpMethod.Patch, "/api/auth/me", Json(body), ada.Token);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Equal(before, (await world.Client.GetAsync("/api/auth/me", ada.Token)).Body.ToString());
    }

    [Fact]
    public async Task Taken_address_is_refused()
    {
        var (ada, bob) = (await world.NewUserAsync(), await world.NewUserAsync());

        var answer = await PatchAsync(ada, new { email = $"{bob.UserName}@example.org" });

        Assert.Equal((HttpStatusCode.Conflict, "email_taken"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("a wrong password", "another good one", "wrong_credentials")]
    [InlineData(TestUser.Password, "short", "password_invalid")]
    [InlineData("", "another good one", "wrong_credentials")]
    public async Task Password_stays_when_its_change_is_refused(string current, string wanted, string code)
    {
        var ada = await world.NewUserAsync();

        var answer = await world.Client.PostAsync("/api/auth/password", new { currentPassword = current, newPassword = wanted }, ada.Token);

        Assert.Equal(code, answer.Code);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(ada.UserName)).Status);
    }

    [Fact]
    public async Task Sessions_are_listed_without_tokens_and_ended_one_by_one()
    {
        var ada = await world.NewUserAsync();
        var other = (await world.Client.PostAsync(
            "/api/auth/login", new { username = ada.UserName, password = TestUser.Password, device = "a telephone" })).Token;

        var list = (await world.Client.GetAsync("/api/auth/sessions", ada.Token)).Body;

        var sessions = list.GetProperty("sessions").EnumerateArray().ToList();
        Assert.Equal(2, sessions.Count);
        Assert.All(sessions, session => Assert.Equal(
            ["createdAt", "current", "device", "expiresAt", "id", "lastUsedAt"],
            session.EnumerateObject().Select(member => member.Name).Append("lastUsedAt").Distinct().Order()));
        Assert.False(sessions.Single(session => session.GetProperty("device").GetString() == "a telephone").GetProperty("current").GetBoolean());
        Assert.DoesNotContain("hcs_", list.ToString(), StringComparison.Ordinal);

        var id = sessions.Single(session => !session.GetProperty("current").GetBoolean()).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NoContent, (await DeleteAsync($"/api/auth/sessions/{id}", ada)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", other)).Status);
        var again = await DeleteAsync($"/api/auth/sessions/{id}", ada);
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (again.Status, again.Code));
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync("/api/auth/sessions/not-an-id", ada)).Status);
    }

    private Task<Answer> PatchAsync(TestUser user, object body) =>
        world.Client.SendAsync(HttpMethod.Patch, "/api/auth/me", JsonContent.Create(body), user.Token);

    private Task<Answer> DeleteAsync(string path, TestUser user) => world.Client.SendAsync(HttpMethod.Delete, path, null, user.Token);

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}
