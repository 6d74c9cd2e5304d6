using System.Security.Claims;
using System.Text.Encodings.Web;
using HubChat.Server.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>
/// Takes API keys from the Authorization header and nothing else: a cookie comes along by itself, and the token of a sign-in opens far
/// more than models, so it has no business in the settings of other programs.
/// </summary>
internal sealed class ApiKeyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionService sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "ApiKey";
    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : "";
        return token.StartsWith(SessionToken.KeyPrefix, StringComparison.Ordinal)
            && await sessions.AuthenticateAsync(token, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new SessionIdentity(user, token)), ApiKeyAuthenticationHandler.Scheme))
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Bearer.Trim();
        return base.HandleChallengeAsync(properties);
    }
}
