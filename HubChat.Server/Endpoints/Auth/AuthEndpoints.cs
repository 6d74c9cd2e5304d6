using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HubChat.Server.Endpoints.Auth;

/// <summary>docs/protocol/auth.md.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Auth");
        auth.MapPost("/signup", SignUp).AllowAnonymous();
        auth.MapPost("/login", Login).AllowAnonymous();
        auth.MapGet("/me", Me).RequireAuthorization();
        auth.MapPost("/tickets", CreateTicket).RequireAuthorization();

        var account = auth.MapGroup("").RequireAuthorization().AddEndpointFilter(RequireAccountScope);
        account.MapPost("/logout", Logout);
        account.MapPatch("/me", UpdateMe);
        account.MapDelete("/me", DeleteMe);
        account.MapPost("/password", ChangePassword);
        account.MapGet("/sessions", ListSessions);
        account.MapDelete("/sessions/{id:guid}", EndSession);
        account.MapGet("/keys", ListKeys);
        account.MapPost("/keys", CreateKey);
        account.MapDelete("/keys/{id:guid}", DeleteKey);
    }

    private static async Task<Created<SignedInResponse>> SignUp(
        SignUpRequest request, AccountService accounts, HttpContext context, CancellationToken cancellationToken)
    {
        var command = new SignUp(request.Username, request.Email, request.Password, request.DisplayName, request.Device, request.SetupToken);
        var signedIn = await accounts.SignUpAsync(command, CallerOf(context), cancellationToken);
        return TypedResults.Created("/api/auth/me", Answer(context, signedIn));
    }

    private static async Task<Ok<SignedInResponse>> Login(
        LoginRequest request, AccountService accounts, HttpContext context, CancellationToken cancellationToken)
    {
        var name = (request.Username, request.Email) switch
        {
            ({ } username, null) => username,
            (null, { } email) => email,
            _ => throw ChatException.InvalidRequest("Give username or email."),
        };
        var command = new SignIn(name, request.Password, request.Device);
        return TypedResults.Ok(Answer(context, await accounts.SignInAsync(command, CallerOf(context), cancellationToken)));
    }

    private static async Task<NoContent> Logout(
        SessionService sessions, CurrentUser user, HttpContext context, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(user.Id, new SessionFilter(Only: user.SessionId), SessionEnd.LoggedOut, cancellationToken);
        SessionCookies.Delete(context);
        return TypedResults.NoContent();
    }

    private static Ok<UserItem> Me(CurrentUser user) => TypedResults.Ok(user.ToItem());

    private static async Task<Ok<TicketResponse>> CreateTicket(TicketService tickets, HttpContext context)
    {
        var session = SessionIdentity.Of(context.User)!;
        if (!session.User.MayChat)
        {
            throw ChatException.Forbidden("This API key does not open the hub.");
        }

        var (ticket, expiresAt) = await tickets.IssueAsync(session);
        return TypedResults.Ok(new TicketResponse(ticket, expiresAt));
    }

    private static async Task<Ok<UserItem>> UpdateMe(
        UpdateProfileRequest request, AccountService accounts, CurrentUser user, CancellationToken cancellationToken) =>
        TypedResults.Ok(
            (await accounts.UpdateProfileAsync(new UpdateProfile(request.DisplayName, request.Email), user, cancellationToken)).ToItem());

    private static async Task<NoContent> DeleteMe(
        [Microsoft.AspNetCore.Mvc.FromBody] DeleteAccountRequest request, AccountService accounts, ParticipantService participants, CurrentUser user,
        HttpContext context, CancellationToken cancellationToken)
    {
        var account = await accounts.RequirePasswordAsync(request.Password, user, CallerOf(context), cancellationToken);
        await participants.LeaveEverywhereAsync(user, cancellationToken);
        await accounts.DeleteAsync(account, cancellationToken);
        SessionCookies.Delete(context);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ChangePassword(
        ChangePasswordRequest request, AccountService accounts, CurrentUser user, HttpContext context, CancellationToken cancellationToken)
    {
        await accounts.ChangePasswordAsync(request.CurrentPassword, request.NewPassword, user, CallerOf(context), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<SessionsResponse>> ListSessions(SessionService sessions, CurrentUser user, CancellationToken cancellationToken)
    {
        var list = await sessions.ListAsync(user.Id, SessionKind.SignIn, cancellationToken);
        return TypedResults.Ok(new SessionsResponse([.. list.Select(session => session.ToItem(user))]));
    }

    private static Task<NoContent> EndSession(Guid id, SessionService sessions, CurrentUser user, CancellationToken cancellationToken) =>
        EndAsync(id, SessionKind.SignIn, "session", sessions, user, cancellationToken);

    private static async Task<Ok<KeysResponse>> ListKeys(SessionService sessions, CurrentUser user, CancellationToken cancellationToken)
    {
        var list = await sessions.ListAsync(user.Id, SessionKind.ApiKey, cancellationToken);
        return TypedResults.Ok(new KeysResponse([.. list.Select(key => key.ToKeyItem())]));
    }

    private static async Task<Created<CreatedKeyResponse>> CreateKey(
        CreateKeyRequest request, AccountService accounts, CurrentUser user, CancellationToken cancellationToken)
    {
        var scopes = request.Scopes.ToScopes();
        if (scopes is SessionScopes.None)
        {
            throw ChatException.InvalidRequest("A key needs at least one scope.");
        }

        var (key, token) = await accounts.CreateKeyAsync(new CreateKey(request.Name, scopes, request.ExpiresAt), user, cancellationToken);
        return TypedResults.Created($"/api/auth/keys/{key.Id}", new CreatedKeyResponse(key.ToKeyItem(), token));
    }

    private static Task<NoContent> DeleteKey(Guid id, SessionService sessions, CurrentUser user, CancellationToken cancellationToken) =>
        EndAsync(id, SessionKind.ApiKey, "key", sessions, user, cancellationToken);

    private static async Task<NoContent> EndAsync(
        Guid id, SessionKind kind, string what, SessionService sessions, CurrentUser user, CancellationToken cancellationToken) =>
        await sessions.EndAsync(user.Id, new SessionFilter(kind, Only: new SessionId(id)), SessionEnd.Revoked, cancellationToken)
            ? TypedResults.NoContent()
            : throw ChatException.NotFound(what);

    private static ValueTask<object?> RequireAccountScope(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        SessionIdentity.Of(context.HttpContext.User)?.User.MayManageAccount == true
            ? next(context)
            : throw ChatException.Forbidden("An API key cannot manage the account it belongs to.");

    private static SignedInResponse Answer(HttpContext context, SignedIn signedIn)
    {
        SessionCookies.Write(context, signedIn);
        return new SignedInResponse(signedIn.User.ToItem(), signedIn.Token);
    }

    private static Caller CallerOf(HttpContext context) => new(ClientAddress.Of(context), SessionCookies.ReadDeviceToken(context.Request));
}
