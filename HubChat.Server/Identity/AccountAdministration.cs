using HubChat.Server.Audit;
using HubChat.Server.Errors;
using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

/// <summary>What administrators do with accounts.</summary>
internal sealed partial class AccountAdministration(
    IAccountStore store, SessionService sessions, AdminAccess access, AuditLog audit, TimeProvider time, ILogger<AccountAdministration> logger)
{
    public const int MaxPageSize = 100;

    /// <exception cref="ChatException">invalid_request.</exception>
    public async Task<AccountPage> ListAsync(ListAccounts query, CurrentUser admin, CancellationToken cancellationToken)
    {
        AdminAccess.Require(admin);
        if (query.Limit is < 1 or > MaxPageSize)
        {
            throw ChatException.InvalidRequest($"limit must be 1 to {MaxPageSize}.");
        }

        if (query.Search is { } search && !AccountRules.BeginsUserName(search))
        {
            throw ChatException.InvalidRequest("search must be the beginning of a user name.");
        }

        await audit.AppendAsync(new AuditRecord(admin.Id, AuditActions.UsersListed), cancellationToken);

        // One more than asked for tells whether there are more.
        var found = await store.ListAsync(query.After, query.Search, query.Limit + 1, time.GetUtcNow(), cancellationToken);
        return new AccountPage([.. found.Take(query.Limit)], found.Count > query.Limit);
    }

    /// <summary>Keeps somebody out: all sessions and keys end, and no password opens the account until it is unlocked.</summary>
    /// <exception cref="ChatException">not_found, last_admin, own_account, sign_in_again.</exception>
    public Task<AccountView> LockAsync(UserId id, CurrentUser admin, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            admin,
            user =>
            {
                if (user.LockedAt is not null)
                {
                    return null;
                }

                user.LockedAt = time.GetUtcNow();
                return new AuditRecord(admin.Id, AuditActions.UserLocked, id.Value);
            },
            cancellationToken);

    /// <summary>Lets somebody in again; also who was locked out by wrong passwords.</summary>
    /// <exception cref="ChatException">not_found, sign_in_again.</exception>
    public Task<AccountView> UnlockAsync(UserId id, CurrentUser admin, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            admin,
            user =>
            {
                if (user.LockedAt is null && user.LockoutEnd is null && user.AccessFailedCount == 0)
                {
                    return null;
                }

                user.LockedAt = user.LockoutEnd = null;
                user.AccessFailedCount = 0;
                return new AuditRecord(admin.Id, AuditActions.UserUnlocked, id.Value);
            },
            cancellationToken);

    /// <exception cref="ChatException">not_found, last_admin, own_account, sign_in_again.</exception>
    public Task<AccountView> SetRoleAsync(UserId id, UserRole role, CurrentUser admin, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            admin,
            user =>
            {
                if (user.Role == role)
                {
                    return null;
                }

                user.Role = role;
                return new AuditRecord(admin.Id, AuditActions.UserRoleChanged, id.Value, role is UserRole.Admin ? "member → admin" : "admin → member");
            },
            cancellationToken);

    private async Task<AccountView> ChangeAsync(UserId id, CurrentUser admin, Func<User, AuditRecord?> change, CancellationToken cancellationToken)
    {
        access.RequireChange(admin);
        var changed = await store.ChangeAsync(
            id,
            time.GetUtcNow(),
            (user, administrators) =>
            {
                var record = change(user);
                RequireMayChange(user, administrators, admin);
                return record;
            },
            cancellationToken);
        if (changed.IsChanged)
        {
            sessions.TellEnded(changed.Ended, SessionEnd.Locked);
            sessions.Forget(id);
            LogChanged(id.Value, admin.Id.Value, changed.Account.Role, changed.Account.LockedAt is not null);
        }

        return changed.Account;
    }

    /// <summary>Decided on what is stored: the session that asks may be older than the loss of its role.</summary>
    private static void RequireMayChange(User user, IReadOnlyList<UserId> administrators, CurrentUser admin)
    {
        var losesAdmin = administrators.Contains(user.Id) && user is not { Role: UserRole.Admin, LockedAt: null };
        if (losesAdmin && administrators.Count == 1)
        {
            throw ChatException.Conflict("last_admin", "This is the last administrator. Make somebody else one first.");
        }

        if (!administrators.Contains(admin.Id))
        {
            throw AdminAccess.NotFound();
        }

        if (losesAdmin && user.Id == admin.Id)
        {
            throw ChatException.Conflict("own_account", "You cannot lock yourself or take your own role. Ask another administrator.");
        }
    }

    [LoggerMessage(LogLevel.Information, "User {UserId} was changed by administrator {AdminId}: role {Role}, locked {IsLocked}")]
    private partial void LogChanged(Guid userId, Guid adminId, UserRole role, bool isLocked);
}
