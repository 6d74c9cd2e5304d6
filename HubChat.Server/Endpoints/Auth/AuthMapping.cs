using HubChat.Server.Identity;

namespace HubChat.Server.Endpoints.Auth;

internal static class AuthMapping
{
    public static UserItem ToItem(this User user) => new(user.Id, user.UserName!, user.Email!, user.DisplayName, user.Role, user.CreatedAt);

    public static UserItem ToItem(this CurrentUser user) => new(user.Id, user.UserName, user.Email, user.DisplayName, user.Role, user.CreatedAt);

    public static SessionItem ToItem(this Session session, CurrentUser user) =>
        new(session.Id, session.Name, session.CreatedAt, session.LastUsedAt, session.ExpiresAt, session.Id == user.SessionId);

    public static KeyItem ToKeyItem(this Session key)
    {
        var scopes = new List<KeyScope>();
        if (key.Scopes.HasFlag(SessionScopes.Chat))
        {
            scopes.Add(KeyScope.Chat);
        }

        if (key.Scopes.HasFlag(SessionScopes.Models))
        {
            scopes.Add(KeyScope.Models);
        }

        return new KeyItem(key.Id, key.Name, key.Prefix!, scopes, key.CreatedAt, key.LastUsedAt, key.ExpiresAt);
    }

    public static SessionScopes ToScopes(this IReadOnlyList<KeyScope>? scopes) =>
        (scopes ?? [KeyScope.Chat]).Aggregate(
            SessionScopes.None, (all, scope) => all | (scope is KeyScope.Chat ? SessionScopes.Chat : SessionScopes.Models));
}
