using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

/// <summary>An account as administrators see it.</summary>
internal sealed record AccountView(
    UserId Id, string UserName, string Email, string DisplayName, UserRole Role, DateTimeOffset CreatedAt, DateTimeOffset? LockedAt, int Sessions, int Keys);

internal sealed record AccountPage(IReadOnlyList<AccountView> Accounts, bool HasMore);

/// <param name="Account">As it is now.</param>
/// <param name="IsChanged">Whether it was different before.</param>
/// <param name="Ended">The sessions and keys that are gone.</param>
internal sealed record AccountChange(AccountView Account, bool IsChanged, IReadOnlyList<SessionId> Ended);
