using System.Security.Claims;

namespace HubChat.Server.Identity;

/// <summary>The identity of a request or hub connection: who, and by which session, so that it can be asked again whether it still holds.</summary>
internal sealed class SessionIdentity(CurrentUser user, byte[] tokenHash) : ClaimsIdentity(
    [new Claim(ClaimTypes.NameIdentifier, user.Id.ToString()), new Claim(ClaimTypes.Role, user.Role.ToString())],
    SessionAuthenticationHandler.Scheme)
{
    public CurrentUser User { get; } = user;

    /// <summary>What the session table knows the session by. A connection that a ticket opened has never seen the token itself.</summary>
    public byte[] TokenHash { get; } = tokenHash;

    public static SessionIdentity? Of(ClaimsPrincipal? principal) => principal?.Identity as SessionIdentity;
}
