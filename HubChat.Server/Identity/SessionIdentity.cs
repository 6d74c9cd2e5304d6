using System.Security.Claims;

namespace HubChat.Server.Identity;

/// <summary>The identity of a request or hub connection: who, and with which token, so that it can be asked again whether it still holds.</summary>
internal sealed class SessionIdentity(CurrentUser user, string token) : ClaimsIdentity(
    [new Claim(ClaimTypes.NameIdentifier, user.Id.ToString()), new Claim(ClaimTypes.Role, user.Role.ToString())],
    SessionAuthenticationHandler.Scheme)
{
    public CurrentUser User { get; } = user;

    public string Token { get; } = token;

    public static SessionIdentity? Of(ClaimsPrincipal? principal) => principal?.Identity as SessionIdentity;
}
