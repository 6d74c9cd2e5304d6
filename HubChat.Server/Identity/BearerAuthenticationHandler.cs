using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>Takes tokens from the Authorization header (RFC 6750, section 2.1) and nothing else: a cookie comes along by itself.</summary>
internal sealed class BearerAuthenticationHandler(
    IOptionsMonitor<BearerAuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionService sessions)
    : AuthenticationHandler<BearerAuthenticationOptions>(options, logger, encoder)
{
    /// <summary>Tokens of sign-ins, and API keys.</summary>
    public const string AnyToken = "Bearer";

    /// <summary>
    /// API keys alone: the token of a sign-in opens far more than a program needs, so it has no business in the settings of other programs.
    /// </summary>
    public const string KeysOnly = "ApiKey";

    private const string Bearer = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        var token = header.StartsWith(Bearer + " ", StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : "";
        return (!Options.KeysOnly || token.StartsWith(SessionToken.KeyPrefix, StringComparison.Ordinal))
            && SessionToken.Hash(token) is { } hash
            && await sessions.AuthenticateAsync(hash, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new SessionIdentity(user, hash)), Scheme.Name))
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Bearer;
        return base.HandleChallengeAsync(properties);
    }
}
