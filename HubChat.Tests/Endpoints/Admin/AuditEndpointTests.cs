using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HubChat.Tests.App;
using HubChat.Tests.Audit;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed partial class AuditEndpointTests(AdminWorld world) : IClassFixture<AdminWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("users", "users.listed")]
    [InlineData("generations", "generations.listed")]
    [InlineData("upstreams", "upstreams.read")]
    [InlineData("usage", "usage.read")]
    [InlineData("audit", "audit.read")]
    [InlineData("audit/verify", "audit.verified")]
    public async Task Every_read_leaves_a_line(string path, string action)
    {
        var before = await world.LastSeqAsync();

        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync(path)).Status);

        var entry = Assert.Single(await world.EntriesAsync(before));
        Assert.Equal((action, AdminWorld.IdOf(world.Admin), null, null), (entry.Action, entry.ActorId, entry.SubjectId, entry.Detail));
    }

    [Fact]
    public async Task Life_of_an_account_leaves_lines_without_a_name_or_secret()
    {
        var before = await world.LastSeqAsync();
        var bob = await world.NewUserAsync();
        Assert.Equal("wrong_credentials", (await world.Client.SignInAsync(bob.UserName, "a wrong password")).Code);
        await world.Client.SignInAsync(bob.UserName);
        var key = (await world.Client.PostAsync("/api/auth/keys", new { name = "confidential" }, bob.Token)).Body.GetProperty("key").GetProperty("id");
        await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{key}", null, bob.Token);
        await using (var connection = await bob.ConnectAsync(Token))
        {
            await connection.CallAsync("DeleteChat", Token, await connection.CreateChatAsync(Token));
        }

        await world.PostAsync($"users/{bob.Id}/lock");
        await world.PostAsync($"users/{bob.Id}/unlock");
        await world.SetRoleAsync(bob, "admin");
        bob.Token = (await world.Client.SignInAsync(bob.UserName)).Token;
        await world.Client.PostAsync("/api/auth/password", new { currentPassword = TestUser.Password, newPassword = "another good one" }, bob.Token);
        await world.Client.SendAsync(HttpMethod.Delete, "/api/auth/me", JsonContent.Create(new { password = "another good one" }), bob.Token);

        var entries = await world.EntriesAsync(before);
        Assert.Equal(
            [
                "user.signedIn", "user.signedIn", "key.created", "key.ended", "chat.deleted", "user.locked", "user.unlocked", "user.roleChanged",
                "user.signedIn", "password.changed", "account.deleted",
            ],
            entries.Select(entry => entry.Action));
        Assert.All(entries, entry => Assert.Equal(
            entry.Action is "user.locked" or "user.unlocked" or "user.roleChanged" ? world.Admin.Id : bob.Id, entry.ActorId.ToString()));
        Assert.Equal(key.GetGuid(), entries[3].SubjectId);
        var lines = JsonSerializer.Serialize(entries);
        Assert.All(
            [bob.UserName, "confidential", TestUser.Password, "another good one", "example.org"],
            secret => Assert.DoesNotContain(secret, lines, StringComparison.Ordinal));
    }

    [Fact]
    public async Task First_administrator_leaves_a_line()
    {
        await using var app = new HubChatApp();
        using var client = new AuthClient(app);
        app.Start();
        var token = Printed().Match(string.Join('\n', app.Log.All)).Groups[1].Value;

        await client.SignUpAsync("eve", setupToken: "wrong");
        await client.SignUpAsync("ada", setupToken: token);

        Assert.Equal(["admin.signedUp", "user.signedIn"], await app.ReadAsync(db => db.Audit.OrderBy(entry => entry.Seq).Select(entry => entry.Action).ToListAsync(Token)));
    }

    [Fact]
    public async Task Pages_go_back_to_the_first_line()
    {
        for (var i = 0; i < 3; i++)
        {
            await world.NewUserAsync();
        }

        var newest = await world.GetAsync("audit?limit=2");
        var top = newest.Body.GetProperty("entries")[0].GetProperty("seq").GetInt64();
        Assert.Equal([top, top - 1], SeqsOf(newest));
        Assert.True(newest.Body.GetProperty("hasMore").GetBoolean());

        var first = await world.GetAsync("audit?limit=2&before=3");
        Assert.Equal([2, 1], SeqsOf(first));
        Assert.False(first.Body.GetProperty("hasMore").GetBoolean());
        Assert.Empty(SeqsOf(await world.GetAsync("audit?before=1")));
    }

    [Fact]
    public async Task Chain_can_be_checked_from_what_the_wire_says()
    {
        await world.SetRoleAsync(await world.NewUserAsync(), "admin");
        await world.GetAsync("users");
        var entries = (await world.GetAsync("audit?limit=100")).Body.GetProperty("entries").EnumerateArray().Reverse().ToList();
        Assert.Equal(1, entries[0].GetProperty("seq").GetInt64());

        var previous = new byte[32];
        foreach (var entry in entries)
        {
            var bytes = new List<byte>(previous);
            Add(bytes, entry.GetProperty("seq").GetInt64());
            Add(bytes, entry.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds());
            foreach (var member in new[] { "actorId", "action", "subjectId", "detail" })
            {
                var text = entry.TryGetProperty(member, out var value) ? Encoding.UTF8.GetBytes(value.GetString()!) : null;
                Add(bytes, text?.Length ?? -1);
                bytes.AddRange(text ?? []);
            }

            previous = SHA256.HashData(bytes.ToArray());
            Assert.Equal(Convert.ToHexStringLower(previous), entry.GetProperty("hash").GetString());
        }
    }

    [Fact]
    public async Task Verification_says_what_it_found()
    {
        await using var other = new AdminWorld();
        await other.InitializeAsync();
        await other.NewUserAsync();

        Assert.Equal("""{"intact":true,"entries":3}""", (await other.GetAsync("audit/verify")).Body.GetRawText());

        await other.App.ReadAsync(db => db.TamperAsync("""UPDATE "Audit" SET "ActorId" = NULL WHERE "Seq" = 2""", Token));
        Assert.Equal("""{"intact":false,"brokenSeq":2}""", (await other.GetAsync("audit/verify")).Body.GetRawText());
    }

    private static IEnumerable<long> SeqsOf(Answer answer) =>
        answer.Body.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("seq").GetInt64());

    private static void Add(List<byte> bytes, long number)
    {
        var encoded = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(encoded, number);
        bytes.AddRange(encoded);
    }

    [GeneratedRegex("setup token to become one: ([0-9a-f]{32})")]
    private static partial Regex Printed();
}
