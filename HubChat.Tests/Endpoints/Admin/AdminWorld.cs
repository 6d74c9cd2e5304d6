using System.Text.Json;
using HubChat.Server.Audit;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

/// <summary>A server with an administrator, for the tests of one class.</summary>
public sealed class AdminWorld : IAsyncLifetime
{
    private int _names;
    private AuthClient? _client;
    private TestUser? _admin;

    internal HubChatApp App { get; } = new();

    internal AuthClient Client => _client!;

    internal TestUser Admin => _admin!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _client = new AuthClient(App);
        _admin = await NewAdminAsync();
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return App.DisposeAsync();
    }

    internal static UserId IdOf(TestUser user) => new(Guid.Parse(user.Id));

    internal Task<TestUser> NewUserAsync() => App.SignUpAsync($"person-{Interlocked.Increment(ref _names)}", Token);

    internal async Task<TestUser> NewAdminAsync()
    {
        var user = await NewUserAsync();
        await StoreAsync(user, row => row.Role = UserRole.Admin);
        return user;
    }

    /// <summary>Changes an account behind every rule.</summary>
    internal async Task StoreAsync(TestUser user, Action<User> change)
    {
        await App.ReadAsync(async db =>
        {
            var id = IdOf(user);
            change(await db.Users.SingleAsync(row => row.Id == id, Token));
            return await db.SaveChangesAsync(Token);
        });
        App.Services.GetRequiredService<SessionService>().Forget();
    }

    internal async Task<User> StoredAsync(TestUser user)
    {
        var id = IdOf(user);
        return await App.ReadAsync(db => db.Users.AsNoTracking().SingleAsync(row => row.Id == id, Token));
    }

    /// <summary>Who the core takes a person for.</summary>
    internal async Task<CurrentUser> CurrentAsync(TestUser user) =>
        (await App.Services.GetRequiredService<SessionService>().AuthenticateAsync(SessionToken.Hash(user.Token)!, Token))!;

    internal Task<Answer> GetAsync(string path) => Client.GetAsync($"/api/admin/{path}", Admin.Token);

    internal Task<Answer> PostAsync(string path) => Client.PostAsync($"/api/admin/{path}", null, Admin.Token);

    internal Task<Answer> SetRoleAsync(TestUser user, string role, TestUser? by = null) =>
        Client.PutTextAsync($"/api/admin/users/{user.Id}/role", JsonSerializer.Serialize(new { role }), (by ?? Admin).Token);

    internal Task<List<AuditEntry>> EntriesAsync(long after = 0) =>
        App.ReadAsync(db => db.Audit.AsNoTracking().Where(entry => entry.Seq > after).OrderBy(entry => entry.Seq).ToListAsync(Token));

    internal async Task<long> LastSeqAsync() => await App.ReadAsync(db => db.Audit.MaxAsync(entry => entry.Seq, Token));
}
