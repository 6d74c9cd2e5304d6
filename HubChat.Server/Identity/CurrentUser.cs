using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

/// <summary>Who asks, as the session says. Services take it from their door and never look anywhere else.</summary>
internal sealed record CurrentUser(
    UserId Id, string UserName, string DisplayName, string Email, UserRole Role, DateTimeOffset CreatedAt, SessionId SessionId, SessionScopes Scopes,
    DateTimeOffset? SessionExpiresAt, DateTimeOffset SessionCreatedAt)
{
    public bool MayChat => Scopes.HasFlag(SessionScopes.Chat);

    public bool MayManageAccount => Scopes.HasFlag(SessionScopes.Account);

    /// <summary>The API key that asks; null for somebody who is signed in.</summary>
    public SessionId? KeyId => MayManageAccount ? null : SessionId;

    /// <summary>Gives a request's handler the person its session belongs to.</summary>
    public static ValueTask<CurrentUser?> BindAsync(HttpContext context) => ValueTask.FromResult(SessionIdentity.Of(context.User)?.User);
}
