using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Auth;

internal sealed record SignUpRequest(
    string Username, string Email, string Password, string? DisplayName = null, string? Device = null, string? SetupToken = null);

internal sealed record LoginRequest(string Password, string? Username = null, string? Email = null, string? Device = null);

internal sealed record UpdateProfileRequest(string? DisplayName = null, string? Email = null);

internal sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

internal sealed record DeleteAccountRequest(string Password);

internal sealed record CreateKeyRequest(string Name, IReadOnlyList<KeyScope>? Scopes = null, DateTimeOffset? ExpiresAt = null);

internal enum KeyScope
{
    Chat,
    Models,
}

internal sealed record UserItem(UserId Id, string Username, string Email, string DisplayName, UserRole Role, DateTimeOffset CreatedAt);

internal sealed record SignedInResponse(UserItem User, string Token);

internal sealed record SessionItem(
    SessionId Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, bool Current);

internal sealed record SessionsResponse(IReadOnlyList<SessionItem> Sessions);

internal sealed record KeyItem(
    SessionId Id, string Name, string Prefix, IReadOnlyList<KeyScope> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt,
    DateTimeOffset? ExpiresAt);

internal sealed record KeysResponse(IReadOnlyList<KeyItem> Keys);

internal sealed record CreatedKeyResponse(KeyItem Key, string Token);

internal sealed record TicketResponse(string Ticket, DateTimeOffset ExpiresAt);
