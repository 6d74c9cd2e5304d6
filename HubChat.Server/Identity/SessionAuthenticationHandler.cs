using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>The one authentication handler of all doors. It only finds the token; the session table says what it is worth.</summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionService sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Session";
    private const string Bearer = "Bearer ";
    private const string QueryToken = "access_token";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (FindToken() is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        return await sessions.AuthenticateAsync(token, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new SessionIdentity(user, token)), SessionAuthenticationHandler.Scheme))
            : AuthenticateResult.Fail("The session is unknown or has ended.");
    }

    private string? FindToken()
    {
        // A header is somebody's intention, a cookie comes by itself: the header goes first.
        if (Request.Headers.Authorization.ToString() is { Length: > 0 } header)
        {
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
        }

        // Browsers cannot set headers on a WebSocket. Nowhere else is a token welcome in an address.
        if (Request.Path.StartsWithSegments("/hubs") && Request.Query[QueryToken].ToString() is { Length: > 0 } query)
        {
            return query;
        }

        return SessionCookies.ReadToken(Request);
    }
}
