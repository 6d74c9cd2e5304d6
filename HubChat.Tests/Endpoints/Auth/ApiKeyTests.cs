using System.Net;
using System.Text;
using System.Text.Json;
using HubChat.Server.Identity;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class ApiKeyTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    private static readonly string[] BothScopes = ["chat", "models"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Key_is_shown_once_and_kept_as_a_hash()
    {
        var ada = await world.NewUserAsync();

        var created = await CreateAsync(ada, new { name = "a program" });

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.StartsWith("hc_", created.Token, StringComparison.Ordinal);
        var key = Assert.Single(await ListAsync(ada));
        Assert.Equal(created.Token[..8], key.GetProperty("prefix").GetString());
        Assert.Equal("[\"chat\"]", key.GetProperty("scopes").ToString());
        Assert.False(key.TryGetProperty("token", out _));
        var stored = await world.App.ReadAsync(db => db.Sessions.AsNoTracking()
            .SingleAsync(session => session.Prefix == created.Token.Substring(0, 8)));
        Assert.DoesNotContain(created.Token[8..], JsonSerializer.Serialize(stored), StringComparison.Ordinal);
        Assert.DoesNotContain(
            created.Token[8..], Encoding.Latin1.GetString(await ReadDatabaseAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_works_in_its_scope_and_says_when_it_was_used()
    {
        var ada = await world.NewUserAsync();
        var created = await CreateAsync(ada, new { name = "a program", scopes = BothScopes });
        Assert.False(Assert.Single(await ListAsync(ada)).TryGetProperty("lastUsedAt", out _));

        await using var connection = await new TestUser(ada.Address, ada.UserName, ada.Id, created.Token).ConnectAsync(Token);
        await connection.CreateChatAsync(Token);

        Assert.True(Assert.Single(await ListAsync(ada)).TryGetProperty("lastUsedAt", out _));
        Assert.Single((await world.Client.GetAsync("/api/auth/sessions", ada.Token)).Body.GetProperty("sessions").EnumerateArray());
    }

    [Theory]
    [InlineData("""{"scopes":["chat"]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":[]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":["account"]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":["CHAT"]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":["chat, models"]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":[0]}""", "invalid_request")]
    [InlineData("""{"name":"a","scopes":[null]}""", "invalid_request")]
    [InlineData("""{"name":"a","expiresAt":"2020-01-01T00:00:00Z"}""", "invalid_request")]
    [InlineData("""{"name":"a","expiresAt":"tomorrow"}""", "invalid_request")]
    [InlineData("""{"name":"a","token":"hc_chosen"}""", "invalid_request")]
    [InlineData("""{"name":""}""", "name_invalid")]
    [InlineData("""{"name":"two\nlines"}""", "name_invalid")]
    public async Task Bad_key_is_not_made(string body, string code)
    {
        var ada = await world.NewUserAsync();

        var answer = await world.Client.SendAsync(
            HttpMethod.Post, "/api/auth/keys", new StringContent(body, Encoding.UTF8, "application/json"), ada.Token);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Empty(await ListAsync(ada));
    }

    [Fact]
    public async Task Key_cannot_sign_out_and_so_end_itself()
    {
        var ada = await world.NewUserAsync();
        var key = await CreateAsync(ada, new { name = "a program" });

        var refusal = await world.Client.PostAsync("/api/auth/logout", null, key.Token);

        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (refusal.Status, refusal.Code));
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/api/auth/me", key.Token)).Status);
    }

    [Fact]
    public async Task Keys_end_when_the_password_changes()
    {
        var ada = await world.NewUserAsync();
        var key = await CreateAsync(ada, new { name = "made by whoever had the password" });

        await world.Client.PostAsync("/api/auth/password", new { currentPassword = TestUser.Password, newPassword = "another-password" }, ada.Token);

        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", key.Token)).Status);
        Assert.Empty(await ListAsync(ada));
    }

    [Fact]
    public async Task Key_ends_when_it_expires()
    {
        var ada = await world.NewUserAsync();
        var key = await CreateAsync(ada, new { name = "for a moment", expiresAt = DateTimeOffset.UtcNow.AddSeconds(2) });

        await Eventually.HoldsAsync(
            async () => (await world.Client.GetAsync("/api/auth/me", key.Token)).Status is HttpStatusCode.Unauthorized, Token);
    }

    [Fact]
    public async Task Deleted_key_is_refused_at_once()
    {
        var ada = await world.NewUserAsync();
        var key = await CreateAsync(ada, new { name = "a program" });
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/api/auth/me", key.Token)).Status);

        var id = key.Body.GetProperty("key").GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NoContent, (await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{id}", null, ada.Token)).Status);

        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", key.Token)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{id}", null, ada.Token)).Status);
    }

    [Fact]
    public async Task Session_is_not_deleted_as_a_key_nor_a_key_as_a_session()
    {
        var ada = await world.NewUserAsync();
        var key = await CreateAsync(ada, new { name = "a program" });
        var sessions = (await world.Client.GetAsync("/api/auth/sessions", ada.Token)).Body.GetProperty("sessions");

        var asKey = await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{sessions[0].GetProperty("id")}", null, ada.Token);
        var asSession = await world.Client.SendAsync(
            HttpMethod.Delete, $"/api/auth/sessions/{key.Body.GetProperty("key").GetProperty("id")}", null, ada.Token);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (asKey.Status, asSession.Status));
        Assert.Single(await ListAsync(ada));
    }

    [Fact]
    public async Task Number_of_keys_has_a_limit()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Accounts:MaxKeysPerUser"] = "3" });
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);
        for (var key = 0; key < 3; key++)
        {
            Assert.Equal(HttpStatusCode.Created, (await client.PostAsync("/api/auth/keys", new { name = "a key" }, ada.Token)).Status);
        }

        var refused = await client.PostAsync("/api/auth/keys", new { name = "one more" }, ada.Token);

        Assert.Equal((HttpStatusCode.Conflict, "limit_reached"), (refused.Status, refused.Code));
        Assert.Equal(3, await app.ReadAsync(db => db.Sessions.CountAsync(session => session.Kind == SessionKind.ApiKey)));
    }

    private Task<Answer> CreateAsync(TestUser user, object body) => world.Client.PostAsync("/api/auth/keys", body, user.Token);

    private async Task<List<JsonElement>> ListAsync(TestUser user) =>
        [.. (await world.Client.GetAsync("/api/auth/keys", user.Token)).Body.GetProperty("keys").EnumerateArray()];

    private async Task<byte[]> ReadDatabaseAsync()
    {
        var content = new MemoryStream();
        foreach (var path in Directory.GetFiles(world.App.DataFolder, "hubchat.db*").Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await file.CopyToAsync(content, Token);
        }

        return content.ToArray();
    }
}
