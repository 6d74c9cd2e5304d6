using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

internal sealed record SignUp(string UserName, string Email, string Password, string? DisplayName, string? Device, string? SetupToken);

internal sealed record SignIn(string Name, string Password, string? Device);

internal sealed record UpdateProfile(string? DisplayName, string? Email);

internal sealed record CreateKey(string Name, SessionScopes Scopes, DateTimeOffset? ExpiresAt);

/// <param name="After">Begins behind this person.</param>
/// <param name="Search">How the user name begins.</param>
/// <param name="Limit">How many at most.</param>
internal sealed record ListAccounts(UserId? After, string? Search, int Limit);

/// <summary>Where a request comes from.</summary>
/// <param name="Address">The remote address.</param>
/// <param name="DeviceToken">What a browser that has signed in before carries.</param>
internal sealed record Caller(string Address, string? DeviceToken);

/// <summary>Somebody is signed in. The tokens are shown this once.</summary>
internal sealed record SignedIn(User User, Session Session, string Token, string? DeviceToken);
