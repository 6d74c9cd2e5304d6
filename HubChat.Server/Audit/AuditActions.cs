namespace HubChat.Server.Audit;

/// <summary>What the audit log knows; docs/protocol/admin.md says what each means.</summary>
internal static class AuditActions
{
    public const string SignedIn = "user.signedIn";
    public const string FirstAdminSignedUp = "admin.signedUp";
    public const string PasswordChanged = "password.changed";
    public const string AccountDeleted = "account.deleted";
    public const string KeyCreated = "key.created";
    public const string KeyEnded = "key.ended";
    public const string ChatDeleted = "chat.deleted";

    public const string UsersListed = "users.listed";
    public const string UserLocked = "user.locked";
    public const string UserUnlocked = "user.unlocked";
    public const string UserRoleChanged = "user.roleChanged";
    public const string GenerationsListed = "generations.listed";
    public const string GenerationKilled = "generation.killed";
    public const string UpstreamsRead = "upstreams.read";
    public const string UsageRead = "usage.read";
    public const string AuditRead = "audit.read";
    public const string AuditVerified = "audit.verified";
}
