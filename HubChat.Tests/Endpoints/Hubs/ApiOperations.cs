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
        Account("PATCH /api/auth/me", OK, () => new { displayName = "Somebody" }),
        Account("DELETE /api/auth/me", NoContent, () => new { password = TestUser.Password }),
        Account("POST /api/auth/password", NoContent, () => new { currentPassword = TestUser.Password, newPassword = "another good one" }),
        Account("GET /api/auth/sessions", OK),
        Account("DELETE /api/auth/sessions/{id:guid}", NoContent, null, (Stranger, NotFound)),
        Account("GET /api/auth/keys", OK),
        Account("POST /api/auth/keys", Created, () => new { name = "a key" }),
        Account("DELETE /api/auth/keys/{id:guid}", NoContent, null, (Stranger, NotFound)),
        new("GET /limits", OK, null, (Anonymous, Unauthorized), (User, NotFound), (Stranger, NotFound), (ChatKey, NotFound), (ModelsKey, NotFound)),
    ];

    /// <summary>What only signing in with a password opens.</summary>
    private static ApiOperation Account(
        string route, System.Net.HttpStatusCode success, Func<object>? body = null, params (ApiRole, System.Net.HttpStatusCode)[] refused) =>
        new(route, success, body, [(Anonymous, Unauthorized), (ChatKey, Forbidden), (ModelsKey, Forbidden), .. refused]);

    private static object NewPerson()
    {
        var name = $"new-{Interlocked.Increment(ref _names)}";
        return new { username = name, email = $"{name}@example.org", password = TestUser.Password };
    }
}
