using System.Net;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class AccountRoleTests : IAsyncLifetime
{
    // The loser is no administrator any more, and may be told so before the last one is protected from it.
    private static readonly string[] Refusals = ["last_admin", "not_found"];
    private readonly AdminWorld _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AccountAdministration Accounts => _world.App.Services.GetRequiredService<AccountAdministration>();

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Role_is_in_force_with_the_next_request()
    {
        var bob = await _world.NewUserAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await _world.Client.GetAsync("/api/admin/users", bob.Token)).Status);

        var made = await _world.SetRoleAsync(bob, "admin");

        Assert.Equal((HttpStatusCode.OK, "admin"), (made.Status, made.Body.GetProperty("role").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await _world.Client.GetAsync("/api/admin/users", bob.Token)).Status);
        Assert.Equal("admin", (await _world.Client.GetAsync("/api/auth/me", bob.Token)).Body.GetProperty("role").GetString());

        await _world.SetRoleAsync(bob, "member");

        Assert.Equal(HttpStatusCode.NotFound, (await _world.Client.GetAsync("/api/admin/users", bob.Token)).Status);
    }

    [Fact]
    public async Task Role_reaches_a_connection_that_only_listens()
    {
        var bob = await _world.NewUserAsync();
        await using var connection = await bob.ConnectAsync(Token);
        await using var others = await (await _world.NewUserAsync()).ConnectAsync(Token);
        var connections = _world.App.Services.GetRequiredService<ChatConnections>();

        await _world.SetRoleAsync(bob, "admin");

        // A look at every connection comes each 15 s; this must not have to wait for it.
        await Eventually.HoldsAsync(
            () => connections.All.Single(other => other.User.Id == AdminWorld.IdOf(bob)).User.Role is UserRole.Admin, Token, TimeSpan.FromSeconds(5));
        await connection.CreateChatAsync(Token);
    }

    [Fact]
    public async Task Repeat_leaves_no_line()
    {
        var bob = await _world.NewUserAsync();
        var before = await _world.LastSeqAsync();

        Assert.Equal(HttpStatusCode.OK, (await _world.SetRoleAsync(bob, "admin")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _world.SetRoleAsync(bob, "admin")).Status);

        var entry = Assert.Single(await _world.EntriesAsync(before));
        Assert.Equal(("user.roleChanged", "member → admin"), (entry.Action, entry.Detail));
    }

    [Fact]
    public async Task Last_administrator_stays()
    {
        var demoted = await _world.SetRoleAsync(_world.Admin, "member");
        var locked = await _world.PostAsync($"users/{_world.Admin.Id}/lock");

        Assert.Equal((HttpStatusCode.Conflict, "last_admin"), (demoted.Status, demoted.Code));
        Assert.Equal((HttpStatusCode.Conflict, "last_admin"), (locked.Status, locked.Code));
        Assert.Equal(HttpStatusCode.OK, (await _world.GetAsync("users")).Status);
    }

    [Fact]
    public async Task Locked_administrator_does_not_count()
    {
        var bob = await _world.NewAdminAsync();
        await _world.PostAsync($"users/{bob.Id}/lock");

        Assert.Equal("last_admin", (await _world.SetRoleAsync(_world.Admin, "member")).Code);
        Assert.Equal(HttpStatusCode.OK, (await _world.SetRoleAsync(bob, "member")).Status);
    }

    [Fact]
    public async Task Nobody_takes_the_own_role()
    {
        await _world.NewAdminAsync();

        var answer = await _world.SetRoleAsync(_world.Admin, "member");

        Assert.Equal((HttpStatusCode.Conflict, "own_account"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.OK, (await _world.SetRoleAsync(_world.Admin, "admin")).Status);
    }

    [Fact]
    public async Task Of_two_who_demote_each_other_at_once_one_stays()
    {
        for (var round = 0; round < 8; round++)
        {
            var (ada, bob) = (_world.Admin, await _world.NewAdminAsync());

            var answers = await Task.WhenAll(_world.SetRoleAsync(bob, "member", by: ada), _world.SetRoleAsync(ada, "member", by: bob));

            Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
            Assert.Contains(Assert.Single(answers, answer => answer.Status is not HttpStatusCode.OK).Code, Refusals);
            Assert.Equal(1, await _world.App.ReadAsync(db => db.Users.CountAsync(user => user.Role == UserRole.Admin, Token)));
            await _world.StoreAsync(ada, row => row.Role = UserRole.Admin);
            await _world.StoreAsync(bob, row => row.Role = UserRole.Member);
        }
    }

    [Fact]
    public async Task What_is_stored_decides_and_not_what_the_session_says()
    {
        var (bob, eve, dan) = (await _world.NewAdminAsync(), await _world.NewAdminAsync(), await _world.NewUserAsync());
        var (asAda, asBob) = (await _world.CurrentAsync(_world.Admin), await _world.CurrentAsync(bob));
        await Accounts.SetRoleAsync(AdminWorld.IdOf(bob), UserRole.Member, asAda, Token);

        var refused = await Assert.ThrowsAsync<ChatException>(() => Accounts.SetRoleAsync(AdminWorld.IdOf(dan), UserRole.Admin, asBob, Token));
        Assert.Equal("not_found", refused.Code);
        Assert.Equal(UserRole.Member, (await _world.StoredAsync(dan)).Role);

        await Accounts.SetRoleAsync(AdminWorld.IdOf(eve), UserRole.Member, asAda, Token);
        var last = await Assert.ThrowsAsync<ChatException>(() => Accounts.LockAsync(AdminWorld.IdOf(_world.Admin), asBob, Token));
        Assert.Equal("last_admin", last.Code);
    }
}
