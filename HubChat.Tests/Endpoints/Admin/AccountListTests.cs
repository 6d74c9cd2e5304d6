using System.Net;
using System.Text.Json;
using HubChat.Server.Identity;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class AccountListTests(AdminWorld world) : IClassFixture<AdminWorld>
{
    private static readonly string[] Members = ["id", "username", "email", "displayName", "role", "createdAt", "sessions", "keys"];

    [Fact]
    public async Task Pages_hold_everybody_once_and_in_one_order()
    {
        for (var i = 0; i < 5; i++)
        {
            await world.NewUserAsync();
        }

        var all = Names(await world.GetAsync("users?limit=100"));
        var paged = new List<string>();
        var after = "";
        while (true)
        {
            var page = await world.GetAsync($"users?limit=2{after}");
            paged.AddRange(Names(page));
            if (!page.Body.GetProperty("hasMore").GetBoolean())
            {
                break;
            }

            Assert.Equal(2, page.Body.GetProperty("users").GetArrayLength());
            after = $"&after={page.Body.GetProperty("users")[1].GetProperty("id").GetString()}";
        }

        Assert.True(all.Count >= 6);
        Assert.Equal(all, paged);
        Assert.Equal(all.Count, all.Distinct().Count());
    }

    [Fact]
    public async Task Account_is_shown_with_its_ways_in_and_nothing_secret()
    {
        var bob = await world.NewUserAsync();
        await world.Client.SignInAsync(bob.UserName);
        await world.Client.PostAsync("/api/auth/keys", new { name = "a key" }, bob.Token);

        var answer = await world.GetAsync($"users?search={bob.UserName}");

        var account = Accounts(answer).Single(account => account.GetProperty("id").GetString() == bob.Id);
        Assert.Equal(Members, account.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            (bob.UserName, $"{bob.UserName}@example.org", "member", 2, 1),
            (account.GetProperty("username").GetString(), account.GetProperty("email").GetString(), account.GetProperty("role").GetString(),
                account.GetProperty("sessions").GetInt32(), account.GetProperty("keys").GetInt32()));
        var stored = await world.StoredAsync(bob);
        foreach (var secret in new[] { stored.PasswordHash!, stored.SecurityStamp!, stored.ConcurrencyStamp!, bob.Token })
        {
            Assert.DoesNotContain(secret, answer.Body.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a_b", "a_b1")]
    [InlineData("A_B", "a_b1")]
    [InlineData("axb", "axb1")]
    [InlineData("_b", "")]
    [InlineData("b1", "")]
    public async Task Search_is_the_exact_beginning_of_a_user_name(string search, string expected)
    {
        await using var other = new AdminWorld();
        await other.InitializeAsync();
        await other.Client.SignUpAsync("a_b1");
        await other.Client.SignUpAsync("axb1");

        var found = await other.GetAsync($"users?search={search}");

        Assert.Equal(HttpStatusCode.OK, found.Status);
        Assert.Equal(expected, string.Join(' ', Names(found)));
    }

    [Fact]
    public async Task Expired_ways_in_are_not_counted()
    {
        var bob = await world.NewUserAsync();
        await world.App.ReadAsync(async db =>
        {
            var id = AdminWorld.IdOf(bob);
            foreach (var session in db.Sessions.Where(session => session.UserId == id && session.Kind == SessionKind.SignIn))
            {
                session.ExpiresAt = DateTimeOffset.UtcNow.AddMinutes(-1);
            }

            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });

        var account = Accounts(await world.GetAsync($"users?search={bob.UserName}")).Single(account => account.GetProperty("id").GetString() == bob.Id);

        Assert.Equal(0, account.GetProperty("sessions").GetInt32());
    }

    private static List<JsonElement> Accounts(Auth.Answer answer) => [.. answer.Body.GetProperty("users").EnumerateArray()];

    private static List<string> Names(Auth.Answer answer) => [.. Accounts(answer).Select(account => account.GetProperty("username").GetString()!)];
}
