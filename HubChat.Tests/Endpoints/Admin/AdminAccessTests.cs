using System.Net;
using HubChat.Server.Identity;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using HubChat.Tests.Endpoints.Hubs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class AdminAccessTests(AdminWorld world) : IClassFixture<AdminWorld>
{
    private static readonly string Nobody = Guid.CreateVersion7().ToString();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Routes =>
        [.. ApiOperations.All.Select(row => row.Route).Where(route => route.Contains(" /api/admin/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Key_of_an_administrator_administers_nothing(string route)
    {
        var key = (await world.Client.PostAsync("/api/auth/keys", new { name = "a program" }, world.Admin.Token)).Token;
        var before = await world.LastSeqAsync();

        var answer = await SendAsync(route, key);

        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (answer.Status, answer.Code));
        Assert.Empty(await world.EntriesAsync(before));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Nobody_else_learns_whether_a_request_would_have_fitted(string route)
    {
        var bob = await world.NewUserAsync();
        var before = await world.LastSeqAsync();

        foreach (var answer in new[]
        {
            await SendAsync(route, bob.Token, "?limit=x&after=x&before=x&search="),
            await SendAsync(route, bob.Token, body: """{"role":"king"}"""),
            await SendAsync(route, bob.Token, body: "{"),
        })
        {
            Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer.Code));
            Assert.Equal(
                (await world.Client.GetAsync("/limits", bob.Token)).Body.GetProperty("detail").GetString(), answer.Body.GetProperty("detail").GetString());
        }

        Assert.Empty(await world.EntriesAsync(before));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Old_session_reads_but_changes_nothing(string route)
    {
        var admin = await world.NewAdminAsync();
        await AgeAsync(admin, TimeSpan.FromHours(12.1));
        var bob = await world.NewUserAsync();

        var answer = await SendAsync(route, admin.Token, id: bob.Id, body: """{"role":"admin"}""");

        if (route.StartsWith("GET ", StringComparison.Ordinal))
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            return;
        }

        Assert.Equal((HttpStatusCode.Forbidden, "sign_in_again"), (answer.Status, answer.Code));
        var stored = await world.StoredAsync(bob);
        Assert.Equal((UserRole.Member, null), (stored.Role, stored.LockedAt));
        admin.Token = (await world.Client.SignInAsync(admin.UserName)).Token;
        Assert.NotEqual("sign_in_again", (await SendAsync(route, admin.Token, id: bob.Id, body: """{"role":"admin"}""")).Code);
    }

    [Fact]
    public async Task Session_that_is_young_enough_changes()
    {
        var admin = await world.NewAdminAsync();
        await AgeAsync(admin, TimeSpan.FromHours(11.9));
        var bob = await world.NewUserAsync();

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("POST /api/admin/users/{id:guid}/lock", admin.Token, id: bob.Id)).Status);
    }

    [Theory]
    [InlineData("GET", "users?limit=0")]
    [InlineData("GET", "users?limit=101")]
    [InlineData("GET", "users?limit=-1")]
    [InlineData("GET", "users?limit=x")]
    [InlineData("GET", "users?limit=1.5")]
    [InlineData("GET", "users?limit=99999999999")]
    [InlineData("GET", "users?limit=1&limit=2")]
    [InlineData("GET", "users?after=x")]
    [InlineData("GET", "users?after=00000000-0000-0000-0000-00000000000g")]
    [InlineData("GET", "users?search=")]
    [InlineData("GET", "users?search=a%25")]
    [InlineData("GET", "users?search=a%00")]
    [InlineData("GET", "users?search=%ED%A0%80")]
    [InlineData("GET", "users?search=123456789012345678901234567890123")]
    [InlineData("GET", "audit?limit=0")]
    [InlineData("GET", "audit?limit=101")]
    [InlineData("GET", "audit?limit=x")]
    [InlineData("GET", "audit?before=0")]
    [InlineData("GET", "audit?before=-1")]
    [InlineData("GET", "audit?before=x")]
    [InlineData("GET", "audit?before=99999999999999999999")]
    [InlineData("PUT", "users/{nobody}/role", "{}")]
    [InlineData("PUT", "users/{nobody}/role", "")]
    [InlineData("PUT", "users/{nobody}/role", "{")]
    [InlineData("PUT", "users/{nobody}/role", "null")]
    [InlineData("PUT", "users/{nobody}/role", "[]")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":"king"}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":"Admin"}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":"member, admin"}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":1}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":null}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":["admin"]}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":"admin","role":"member"}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"role":"admin","lockedAt":null}""")]
    [InlineData("PUT", "users/{nobody}/role", """{"Role":"admin"}""")]
    public async Task Bad_input_is_refused_and_leaves_no_line(string method, string path, string? body = null)
    {
        var before = await world.LastSeqAsync();

        var answer = await SendAsync($"{method} /api/admin/{path.Replace("{nobody}", Nobody, StringComparison.Ordinal)}", world.Admin.Token, body: body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
        Assert.Empty(await world.EntriesAsync(before));
    }

    [Theory]
    [InlineData("POST", "users/{id}/lock")]
    [InlineData("POST", "users/{id}/unlock")]
    [InlineData("PUT", "users/{id}/role")]
    [InlineData("POST", "generations/{id}/kill")]
    public async Task Id_of_nothing_is_not_found(string method, string path)
    {
        foreach (var id in new[] { Nobody, Guid.Empty.ToString(), "x", "1", "%20", "0000" })
        {
            var route = $"{method} /api/admin/{path.Replace("{id}", id, StringComparison.Ordinal)}";

            var answer = await SendAsync(route, world.Admin.Token, body: method == "PUT" ? """{"role":"member"}""" : null);

            Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer.Code));
        }
    }

    private async Task AgeAsync(TestUser user, TimeSpan age)
    {
        var id = AdminWorld.IdOf(user);
        await world.App.ReadAsync(db => db.Sessions.Where(session => session.UserId == id)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.CreatedAt, DateTimeOffset.UtcNow - age), Token));
        world.App.Services.GetRequiredService<SessionService>().Forget();
    }

    private Task<Answer> SendAsync(string route, string token, string query = "", string? id = null, string? body = null)
    {
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Replace("{id:guid}", id ?? Nobody, StringComparison.Ordinal));
        var content = method == "PUT" ? new StringContent(body ?? "{}", System.Text.Encoding.UTF8, "application/json") : null;
        return world.Client.SendAsync(new HttpMethod(method), path + query, content, token);
    }
}
