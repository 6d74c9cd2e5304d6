namespace HubChat.Server.Identity;

/// <summary>Why a session ended.</summary>
internal enum SessionEnd
{
    LoggedOut,
    Revoked,
    Expired,
    PasswordChanged,
    AccountDeleted,
    Locked,
}
