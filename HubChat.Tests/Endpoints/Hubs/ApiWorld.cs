using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>A server, and for each request a user of its own: what is allowed changes things.</summary>
public sealed class ApiWorld : IAsyncLifetime
{
    public const string KnownName = "known";
    private int _users;

    internal HubChatApp App { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await App.SignUpAsync(KnownName, Token);

    public ValueTask DisposeAsync() => App.DisposeAsync();

    internal Task<TestUser> NewUserAsync() => App.SignUpAsync($"user-{++_users}", Token);

    /// <summary>A client that acts in a role; the user is who the request is about.</summary>
    internal async Task<HttpClient> ClientAsync(ApiRole role, TestUser user)
    {
        switch (role)
        {
            case ApiRole.Anonymous:
                return new HttpClient { BaseAddress = App.Address };
            case ApiRole.Stranger:
                return (await NewUserAsync()).Http();
            case ApiRole.Admin:
                var id = new UserId(Guid.Parse(user.Id));
                await App.ReadAsync(db => db.Users.Where(row => row.Id == id)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.Role, UserRole.Admin)));
                App.Services.GetRequiredService<SessionService>().Forget();
                return user.Http();
            case ApiRole.ChatKey or ApiRole.ModelsKey:
                var key = await NewKeyAsync(user, role is ApiRole.ChatKey ? "chat" : "models");
                return new TestUser(user.Address, user.UserName, user.Id, key.GetProperty("token").GetString()!).Http();
            default:
                return user.Http();
        }
    }

    internal static async Task<JsonElement> NewKeyAsync(TestUser user, params string[] scopes)
    {
        using var http = user.Http();
        using var response = await http.PostAsJsonAsync("/api/auth/keys", new { name = string.Join(" and ", scopes), scopes }, Token);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    /// <summary>The id that a route with one is about: a session or key of the user's; for administrators, somebody else or a reply.</summary>
    internal async Task<string> IdForAsync(ApiOperation row, TestUser user)
    {
        if (row.Pattern.Contains("/admin/users/", StringComparison.Ordinal))
        {
            return (await NewUserAsync()).Id;
        }

        if (row.Pattern.Contains("/generations/", StringComparison.Ordinal))
        {
            await using var connection = await (await NewUserAsync()).ConnectAsync(Token);
            var asked = await connection.PostAsync(await connection.CreateChatAsync(Token), "@assistant hello", "c-1", Token);
            return asked.GetProperty("generationId").GetString()!;
        }

        if (row.Pattern.Contains("/keys/", StringComparison.Ordinal))
        {
            return (await NewKeyAsync(user, "chat")).GetProperty("key").GetProperty("id").GetString()!;
        }

        using var http = user.Http();
        var list = await http.GetFromJsonAsync<JsonElement>("/api/auth/sessions", Token);
        return list.GetProperty("sessions")[0].GetProperty("id").GetString()!;
    }

    /// <summary>Everything about a user that a request might change.</summary>
    internal async Task<string> StateOfAsync(TestUser user)
    {
        var id = new UserId(Guid.Parse(user.Id));
        return await App.ReadAsync(async db =>
        {
            var row = await db.Users.AsNoTracking().SingleAsync(row => row.Id == id);
            var sessions = await db.Sessions.Where(session => session.UserId == id)
                .Select(session => session.Id).OrderBy(session => session).ToListAsync();
            var locked = await db.Users.CountAsync(other => other.LockedAt != null);
            var admins = await db.Users.CountAsync(other => other.Role == UserRole.Admin);
            var stopped = await db.Generations.CountAsync(generation => generation.StopRequestedAt != null);
            return $"{row.UserName} {row.Email} {row.DisplayName} {row.PasswordHash} {row.Role} {string.Join(' ', sessions)} {locked} {admins} {stopped}";
        });
    }
}
