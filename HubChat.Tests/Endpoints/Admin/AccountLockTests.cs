using System.Net;
using HubChat.Server.Identity;
using HubChat.Tests.App;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class AccountLockTests(AdminWorld world) : IClassFixture<AdminWorld>
{
    // Promised is a second; two busy cores are given the rest.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lock_ends_sessions_keys_and_connections_at_once()
    {
        var bob = await world.NewUserAsync();
        var elsewhere = (await world.Client.SignInAsync(bob.UserName)).Token;
        var key = (await world.Client.PostAsync("/api/auth/keys", new { name = "a program" }, bob.Token)).Token;
        await using var listening = await bob.ConnectAsync(Token);
        await using var byKey = await new TestUser(bob.Address, bob.UserName, bob.Id, key).ConnectAsync(Token);
        await listening.CreateChatAsync(Token);

        var locked = await LockAsync(bob);

        Assert.Equal(HttpStatusCode.OK, locked.Status);
        Assert.Equal(bob.Id, locked.Body.GetProperty("id").GetString());
        Assert.True(locked.Body.TryGetProperty("lockedAt", out _));
        Assert.Equal((0, 0), (locked.Body.GetProperty("sessions").GetInt32(), locked.Body.GetProperty("keys").GetInt32()));
        foreach (var token in new[] { bob.Token, elsewhere, key })
        {
            Assert.Equal("not_signed_in", (await world.Client.GetAsync("/api/auth/me", token)).Code);
        }

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => listening.CreateChatAsync(Token));
        Assert.True(refusal is not HubException || TestConnection.CodeOf(refusal) == "session_ended", refusal.ToString());
        Assert.Equal("locked", await listening.SessionEnded.WaitAsync(Soon, Token));
        Assert.Equal("locked", await byKey.SessionEnded.WaitAsync(Soon, Token));
        await listening.Closed.WaitAsync(Soon, Token);
        await byKey.Closed.WaitAsync(Soon, Token);
    }

    [Fact]
    public async Task Only_the_right_password_is_told_of_the_lock()
    {
        var bob = await world.NewUserAsync();
        var device = (await world.Client.SignInAsync(bob.UserName)).Cookie("hubchat-device");
        await LockAsync(bob);
        var before = await world.LastSeqAsync();

        var right = await world.Client.SignInAsync(bob.UserName);
        var known = await world.Client.SignInAsync(bob.UserName, headers: ("Cookie", device));
        var wrong = await world.Client.SignInAsync(bob.UserName, "a wrong password");

        Assert.Equal((HttpStatusCode.Forbidden, "account_locked"), (right.Status, right.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "account_locked"), (known.Status, known.Code));
        Assert.Equal((HttpStatusCode.Unauthorized, "wrong_credentials"), (wrong.Status, wrong.Code));
        Assert.All([right, known, wrong], answer => Assert.Empty(answer.Cookies));
        Assert.Empty(await world.EntriesAsync(before));
        var id = AdminWorld.IdOf(bob);
        Assert.Equal(0, await world.App.ReadAsync(db => db.Sessions.CountAsync(session => session.UserId == id, Token)));
    }

    [Fact]
    public async Task Session_that_slipped_through_is_worth_nothing_while_the_lock_holds()
    {
        var bob = await world.NewUserAsync();

        await world.StoreAsync(bob, row => row.LockedAt = DateTimeOffset.UtcNow);

        Assert.Equal("not_signed_in", (await world.Client.GetAsync("/api/auth/me", bob.Token)).Code);
    }

    [Fact]
    public async Task Account_that_was_read_before_the_lock_is_not_written_back()
    {
        var bob = await world.NewUserAsync();
        await using var scope = world.App.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var stale = (await users.FindByNameAsync(bob.UserName))!;
        await LockAsync(bob);

        stale.DisplayName = "Somebody";
        var written = await users.UpdateAsync(stale);

        Assert.False(written.Succeeded);
        Assert.NotNull((await world.StoredAsync(bob)).LockedAt);
    }

    [Fact]
    public async Task Unlocked_person_signs_in_again_but_nothing_old_comes_back()
    {
        var bob = await world.NewUserAsync();
        foreach (var _ in Enumerable.Range(0, 5))
        {
            await world.Client.SignInAsync(bob.UserName, "a wrong password");
        }

        Assert.Equal("locked_out", (await world.Client.SignInAsync(bob.UserName)).Code);
        await LockAsync(bob);

        var unlocked = await world.PostAsync($"users/{bob.Id}/unlock");

        Assert.Equal(HttpStatusCode.OK, unlocked.Status);
        Assert.False(unlocked.Body.TryGetProperty("lockedAt", out _));
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SignInAsync(bob.UserName)).Status);
        Assert.Equal("not_signed_in", (await world.Client.GetAsync("/api/auth/me", bob.Token)).Code);
    }

    [Fact]
    public async Task Repeat_answers_alike_and_changes_nothing()
    {
        var bob = await world.NewUserAsync();
        Assert.False((await world.PostAsync($"users/{bob.Id}/unlock")).Body.TryGetProperty("lockedAt", out _));
        var before = await world.LastSeqAsync();

        var first = await LockAsync(bob);
        var second = await LockAsync(bob);

        Assert.Equal(first.Body.ToString(), second.Body.ToString());
        var entry = Assert.Single(await world.EntriesAsync(before));
        Assert.Equal(("user.locked", AdminWorld.IdOf(world.Admin), Guid.Parse(bob.Id)), (entry.Action, entry.ActorId, entry.SubjectId));
    }

    [Fact]
    public async Task Nobody_locks_the_own_account()
    {
        await world.NewAdminAsync();

        var answer = await LockAsync(world.Admin);

        Assert.Equal((HttpStatusCode.Conflict, "own_account"), (answer.Status, answer.Code));
        Assert.Null((await world.StoredAsync(world.Admin)).LockedAt);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("users")).Status);
    }

    private Task<Auth.Answer> LockAsync(TestUser user) => world.PostAsync($"users/{user.Id}/lock");
}
