using HubChat.Tests.App;
using static System.Net.HttpStatusCode;
using static HubChat.Tests.Endpoints.Hubs.ApiRole;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>The authorization matrix of the REST doors: every route, and who may use it.</summary>
internal static class ApiOperations
{
    private static int _names;

    public static readonly IReadOnlyList<ApiOperation> All =
    [
        new("POST /api/auth/signup", Created, () => NewPerson()),
        new("POST /api/auth/login", OK, () => new { username = ApiWorld.KnownName, password = TestUser.Password }),
        Account("POST /api/auth/logout", NoContent),
        new("GET /api/auth/me", OK, null, (Anonymous, Unauthorized)),
        new("POST /api/auth/tickets", OK, null, (Anonymous, Unauthorized), (ModelsKey, Forbidden)),
        Account("PATCH /api/auth/me", OK, () => new { displayName = "Somebody" }),
        Account("DELETE /api/auth/me", NoContent, () => new { password = TestUser.Password }),
        Account("POST /api/auth/password", NoContent, () => new { currentPassword = TestUser.Password, newPassword = "another good one" }),
        Account("GET /api/auth/sessions", OK),
        Account("DELETE /api/auth/sessions/{id:guid}", NoContent, null, (Stranger, NotFound)),
        Account("GET /api/auth/keys", OK),
        Account("POST /api/auth/keys", Created, () => new { name = "a key" }),
        Account("DELETE /api/auth/keys/{id:guid}", NoContent, null, (Stranger, NotFound)),
        new("GET /api/usage", OK, null, (Anonymous, Unauthorized)),
        Admin("GET /api/admin/users"),
        Admin("POST /api/admin/users/{id:guid}/lock"),
        Admin("POST /api/admin/users/{id:guid}/unlock"),
        Admin("PUT /api/admin/users/{id:guid}/role", () => new { role = "admin" }),
        Admin("GET /api/admin/generations"),
        Admin("POST /api/admin/generations/{id:guid}/kill"),
        Admin("GET /api/admin/upstreams"),
        Admin("GET /api/admin/usage"),
        Admin("GET /api/admin/audit"),
        Admin("GET /api/admin/audit/verify"),
        new("GET /limits", OK, null, (Anonymous, Unauthorized), (User, NotFound), (Stranger, NotFound), (ChatKey, NotFound), (ModelsKey, NotFound)),
    ];

    /// <summary>What only signing in with a password opens.</summary>
    private static ApiOperation Account(
        string route, System.Net.HttpStatusCode success, Func<object>? body = null, params (ApiRole, System.Net.HttpStatusCode)[] refused) =>
        new(route, success, body, [(Anonymous, Unauthorized), (ChatKey, Forbidden), (ModelsKey, Forbidden), .. refused]);

    /// <summary>What does not exist for anybody but administrators; their keys are tested beside the door.</summary>
    private static ApiOperation Admin(string route, Func<object>? body = null) => new(
        route, OK, body, (Anonymous, Unauthorized), (User, NotFound), (Stranger, NotFound), (ChatKey, NotFound), (ModelsKey, NotFound));

    private static object NewPerson()
    {
        var name = $"new-{Interlocked.Increment(ref _names)}";
        return new { username = name, email = $"{name}@example.org", password = TestUser.Password };
    }
}
