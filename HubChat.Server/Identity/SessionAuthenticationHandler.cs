using System.Security.Claims;
using System.Text.Encodings.Web;
using HubChat.Server.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>The one authentication handler of all doors. It only finds the token; the session table says what it is worth.</summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionService sessions, TicketService tickets)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Session";
    private const string Bearer = "Bearer ";
    private const string QueryToken = "access_token";

    private bool IsHub => Request.Path.StartsWithSegments("/hubs");

    /// <exception cref="ChatException">ticket_invalid, ticket_websocket_only: only a ticket is told what is wrong with it.</exception>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (FindToken() is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        if (IsHub && SessionToken.IsTicket(token))
        {
            return Success(await TicketAsync(token));
        }

        return SessionToken.Hash(token) is { } hash && await sessions.AuthenticateAsync(hash, Context.RequestAborted) is { } user
            ? Success(new SessionIdentity(user, hash))
            : AuthenticateResult.Fail("The session is unknown or has ended.");
    }

    private static AuthenticateResult Success(SessionIdentity session) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(session), Scheme));

    private async Task<SessionIdentity> TicketAsync(string ticket)
    {
        // Negotiating opens nothing yet: the same ticket comes again with the connection.
        if (HttpMethods.IsPost(Request.Method) && Request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase))
        {
            return await tickets.FindAsync(ticket, Context.RequestAborted) ?? throw Invalid();
        }

        // The other transports send it with every request.
        return IsWebSocket()
            ? await tickets.TakeAsync(ticket, Context.RequestAborted) ?? throw Invalid()
            : throw new ChatException(ChatError.Forbidden, "ticket_websocket_only", "A ticket opens a WebSocket and nothing else.");
    }

    /// <summary>RFC 6455 section 4.1, and over HTTP/2 RFC 8441 section 5.</summary>
    private bool IsWebSocket() =>
        (Context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && string.Equals(Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase))
        || Context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };

    private static ChatException Invalid() => new(
        ChatError.NotSignedIn, "ticket_invalid", "This ticket is unknown, has been used, is older than a minute, or its session has ended.");

    private string? FindToken()
    {
        // A header is somebody's intention, a cookie comes by itself: the header goes first.
        if (Request.Headers.Authorization.ToString() is { Length: > 0 } header)
        {
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
        }

        // Browsers cannot set headers on a WebSocket. Nowhere else is a token welcome in an address.
        if (IsHub && Request.Query[QueryToken].ToString() is { Length: > 0 } query)
        {
            return query;
        }

        return SessionCookies.ReadToken(Request);
    }
}
