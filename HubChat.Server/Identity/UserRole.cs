namespace HubChat.Server.Identity;

internal enum UserRole
{
    Member,

    /// <summary>Runs this server. Being administrator opens no chat.</summary>
    Admin,
}
