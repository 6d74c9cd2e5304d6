using System.Net;
using System.Net.Http.Json;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class SessionEndTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    // Promised is half of this; two busy cores are given the rest.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_is_worth_nothing_after_its_session_was_left()
    {
        var ada = await world.NewUserAsync();
        await using var connection = await ada.ConnectAsync(Token);

        Assert.Equal(HttpStatusCode.NoContent, (await world.Client.PostAsync("/api/auth/logout", null, ada.Token)).Status);

        var replayed = await world.Client.GetAsync("/api/auth/me", ada.Token);
        Assert.Equal((HttpStatusCode.Unauthorized, "not_signed_in"), (replayed.Status, replayed.Code));
        var upgrade = await Assert.ThrowsAsync<HttpRequestException>(() => RawHubClient.ConnectAsync(ada.Address, ada.Token, Token));
        Assert.Contains("HTTP/1.1 401 ", upgrade.Message, StringComparison.Ordinal);
        await AssertEndsAsync(connection, "logged_out");
    }

    [Fact]
    public async Task Call_of_a_revoked_session_is_refused_at_once_and_its_connection_closed()
    {
        var ada = await world.NewUserAsync();
        var lost = await SignInAgainAsync(ada);
        await using var mine = await ada.ConnectAsync(Token);
        await using var theirs = await lost.ConnectAsync(Token);
        var chat = await mine.CreateChatAsync(Token);
        await mine.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });

        Assert.Equal(HttpStatusCode.NoContent, (await RevokeAsync(ada, lost)).Status);

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => theirs.PostAsync(chat, "too late", "c-1", Token));
        Assert.True(refusal is not HubException || TestConnection.CodeOf(refusal) == "session_ended", refusal.ToString());
        Assert.Empty(await mine.MessagesAsync(chat, Token));
        await AssertEndsAsync(theirs, "revoked");
    }

    [Fact]
    public async Task Connection_of_a_revoked_key_is_closed()
    {
        var ada = await world.NewUserAsync();
        var key = await world.Client.PostAsync("/api/auth/keys", new { name = "a program" }, ada.Token);
        await using var connection = await new TestUser(ada.Address, ada.UserName, ada.Id, key.Token).ConnectAsync(Token);

        var id = key.Body.GetProperty("key").GetProperty("id").GetString();
        await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{id}", null, ada.Token);

        await AssertEndsAsync(connection, "revoked");
    }

    [Fact]
    public async Task Changed_password_ends_all_other_sessions_and_keys()
    {
        var ada = await world.NewUserAsync();
        var elsewhere = await SignInAgainAsync(ada);
        await using var mine = await ada.ConnectAsync(Token);
        await using var theirs = await elsewhere.ConnectAsync(Token);

        var changed = await world.Client.PostAsync(
            "/api/auth/password", new { currentPassword = TestUser.Password, newPassword = "another good one" }, ada.Token);

        Assert.Equal(HttpStatusCode.NoContent, changed.Status);
        await AssertEndsAsync(theirs, "password_changed");
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/api/auth/me", elsewhere.Token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/api/auth/me", ada.Token)).Status);
        await mine.CreateChatAsync(Token);
        Assert.Equal("wrong_credentials", (await world.Client.SignInAsync(ada.UserName)).Code);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(ada.UserName, "another good one")).Status);
    }

    [Fact]
    public async Task Deleted_account_ends_its_connections_and_leaves_no_name()
    {
        var ada = await world.NewUserAsync();
        var bob = await world.NewUserAsync();
        await using var adas = await ada.ConnectAsync(Token);
        await using var bobs = await bob.ConnectAsync(Token);
        var own = await bobs.CreateChatAsync(Token, ada);
        var others = await adas.CreateChatAsync(Token, bob);
        await bobs.PostAsync(others, "I was here", "c-1", Token);
        await adas.WatchAsync(own, Token);

        var refused = await DeleteAccountAsync(bob, "a wrong one");
        Assert.Equal((HttpStatusCode.Unauthorized, "wrong_credentials"), (refused.Status, refused.Code));
        var deleted = await DeleteAccountAsync(bob, TestUser.Password);

        Assert.Equal(HttpStatusCode.NoContent, deleted.Status);
        await AssertEndsAsync(bobs, "account_deleted");
        Assert.Equal("deleted", (await adas.NextAsync(Token, "closed")).GetProperty("reason").GetString());
        Assert.Equal("not_found", await adas.RefusedAsync("GetChat", Token, own));
        var message = Assert.Single(await adas.MessagesAsync(others, Token));
        Assert.Equal(("I was here", "deleted user"), (message.GetProperty("text").GetString(), message.GetProperty("authorName").GetString()));
        Assert.Equal("wrong_credentials", (await world.Client.SignInAsync(bob.UserName)).Code);
        Assert.Equal(HttpStatusCode.Created, (await world.Client.SignUpAsync(bob.UserName)).Status);
    }

    [Fact]
    public async Task Expired_session_ends_its_connection()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["Accounts:Lifetime"] = "00:00:03",
            ["Accounts:CacheFor"] = "00:00:00",
        });
        var ada = await app.SignUpAsync("ada", Token);
        await using var connection = await ada.ConnectAsync(Token);
        await connection.CreateChatAsync(Token);

        Assert.Equal("expired", await connection.SessionEnded.WaitAsync(TimeSpan.FromSeconds(15), Token));
        await connection.Closed.WaitAsync(Soon, Token);

        using var client = new AuthClient(app);
        Assert.Equal("not_signed_in", (await client.GetAsync("/api/auth/me", ada.Token)).Code);
    }

    private static async Task AssertEndsAsync(TestConnection connection, string reason)
    {
        Assert.Equal(reason, await connection.SessionEnded.WaitAsync(Soon, Token));
        await connection.Closed.WaitAsync(Soon, Token);
    }

    private Task<Answer> DeleteAccountAsync(TestUser user, string password) =>
        world.Client.SendAsync(HttpMethod.Delete, "/api/auth/me", JsonContent.Create(new { password }), user.Token);

    private async Task<TestUser> SignInAgainAsync(TestUser user) =>
        new(user.Address, user.UserName, user.Id, (await world.Client.SignInAsync(user.UserName)).Token);

    /// <summary>The first session ends the other one.</summary>
    private async Task<Answer> RevokeAsync(TestUser first, TestUser other)
    {
        var list = await world.Client.GetAsync("/api/auth/sessions", other.Token);
        var current = list.Body.GetProperty("sessions").EnumerateArray().Single(session => session.GetProperty("current").GetBoolean());
        return await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/sessions/{current.GetProperty("id")}", null, first.Token);
    }
}
