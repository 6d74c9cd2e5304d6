using HubChat.Server.Audit;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>Accounts: signing up and in, profile, password, keys.</summary>
internal sealed partial class AccountService(
    UserManager<User> users, SessionService sessions, ISessionStore store, SignInLimiter limiter, PasswordGate gate, SetupToken setup,
    AuditLog audit, IOptions<AccountOptions> options, TimeProvider time, ILogger<AccountService> logger)
{
    private const string UnknownDevice = "unknown device";

    // What the password of an unknown name is compared with, so that the answer takes as long as for a known one.
    private static string? _decoyHash;

    /// <exception cref="ChatException">A rule is broken, the name or address is taken, the setup token is wrong.</exception>
    public async Task<SignedIn> SignUpAsync(SignUp command, Caller caller, CancellationToken cancellationToken)
    {
        await limiter.RequireAddressAsync(caller.Address);
        AccountRules.RequirePassword(command.Password);
        var user = new User
        {
            Id = TypedId.New<UserId>(time),
            UserName = AccountRules.RequireUserName(command.UserName),
            Email = AccountRules.RequireEmail(command.Email),
            CreatedAt = time.GetUtcNow(),
        };
        user.DisplayName = command.DisplayName is null ? user.UserName : AccountRules.RequireDisplayName(command.DisplayName);
        var isFirstAdmin = command.SetupToken is not null;
        if (isFirstAdmin && (!setup.IsCorrect(command.SetupToken!) || await store.HasAdminAsync(cancellationToken)))
        {
            throw new ChatException(ChatError.Forbidden, "setup_token_invalid", "This is not the setup token, or it has been used.");
        }

        Require(await gate.RunAsync(() => SaveAsync(() => users.CreateAsync(user, command.Password)), cancellationToken));
        if (isFirstAdmin)
        {
            if (!await store.TryMakeFirstAdminAsync(user.Id, cancellationToken))
            {
                Require(await users.DeleteAsync(user));
                throw new ChatException(ChatError.Forbidden, "setup_token_invalid", "This is not the setup token, or it has been used.");
            }

            user.Role = UserRole.Admin;
        }

        LogSignedUp(user.Id.Value, user.Role);
        return await BeginAsync(user, command.Device, caller, cancellationToken);
    }

    /// <exception cref="ChatException">wrong_credentials, locked_out, rate_limited; account_locked, but only to who knows the password.</exception>
    public async Task<SignedIn> SignInAsync(SignIn command, Caller caller, CancellationToken cancellationToken)
    {
        await limiter.RequireAddressAsync(caller.Address);
        if (command.Password.Length > AccountRules.MaxPasswordLength || command.Name.Length > 256)
        {
            throw WrongCredentials();
        }

        var user = await FindAsync(command.Name);
        var isKnownDevice = user is not null && await sessions.IsKnownDeviceAsync(caller.DeviceToken, user.Id, cancellationToken);
        if (!isKnownDevice)
        {
            await limiter.RequireAccountAsync(command.Name);
        }

        if (user is not null && !isKnownDevice && await users.IsLockedOutAsync(user))
        {
            throw new ChatException(ChatError.LimitReached, "locked_out", "Too many wrong passwords. The account is locked for a few minutes.")
            {
                RetryAfter = user.LockoutEnd - time.GetUtcNow(),
            };
        }

        if (!await gate.RunAsync(() => IsPasswordAsync(user, command.Password), cancellationToken))
        {
            if (user is not null)
            {
                await users.AccessFailedAsync(user);
            }

            throw WrongCredentials();
        }

        await users.ResetAccessFailedCountAsync(user!);
        return await BeginAsync(user!, command.Device, caller, cancellationToken);
    }

    public async Task<User> UpdateProfileAsync(UpdateProfile command, CurrentUser current, CancellationToken cancellationToken)
    {
        var user = await GetAsync(current, cancellationToken);
        user.DisplayName = command.DisplayName is null ? user.DisplayName : AccountRules.RequireDisplayName(command.DisplayName);
        user.Email = command.Email is null ? user.Email : AccountRules.RequireEmail(command.Email);
        Require(await SaveAsync(() => users.UpdateAsync(user)));
        sessions.Forget(user.Id);
        return user;
    }

    /// <summary>All other sessions and all API keys end: whoever had the old password may have made one, and must be out.</summary>
    public async Task ChangePasswordAsync(string currentPassword, string newPassword, CurrentUser current, Caller caller, CancellationToken cancellationToken)
    {
        AccountRules.RequirePassword(newPassword);
        var user = await RequirePasswordAsync(currentPassword, current, caller, cancellationToken);
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.PasswordChanged), cancellationToken);
        Require(await gate.RunAsync(() => users.ChangePasswordAsync(user, currentPassword, newPassword), cancellationToken));
        await sessions.EndAsync(user.Id, new SessionFilter(Except: current.SessionId), SessionEnd.PasswordChanged, cancellationToken);
        LogPasswordChanged(user.Id.Value);
    }

    /// <summary>Checks the password of somebody who is signed in already, before a step that cannot be undone.</summary>
    public async Task<User> RequirePasswordAsync(string password, CurrentUser current, Caller caller, CancellationToken cancellationToken)
    {
        await limiter.RequireAddressAsync(caller.Address);
        await limiter.RequireAccountAsync(current.UserName);
        var user = await GetAsync(current, cancellationToken);
        if (password.Length <= AccountRules.MaxPasswordLength && await gate.RunAsync(() => IsPasswordAsync(user, password), cancellationToken))
        {
            return user;
        }

        // Whoever has somebody's session must not be able to try passwords here either.
        await users.AccessFailedAsync(user);
        throw WrongCredentials();
    }

    public async Task DeleteAsync(User user, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.AccountDeleted), cancellationToken);
        await sessions.EndAsync(user.Id, new SessionFilter(), SessionEnd.AccountDeleted, cancellationToken);
        Require(await users.DeleteAsync(user));
        LogDeleted(user.Id.Value);
    }

    /// <exception cref="ChatException">limit_reached; invalid_request for an expiry in the past.</exception>
    public async Task<(Session Key, string Token)> CreateKeyAsync(CreateKey command, CurrentUser current, CancellationToken cancellationToken)
    {
        var name = AccountRules.RequireDisplayName(command.Name, maxLength: Session.MaxNameLength);
        if (command.ExpiresAt <= time.GetUtcNow())
        {
            throw ChatException.InvalidRequest("expiresAt lies in the past.");
        }

        if ((await sessions.ListAsync(current.Id, SessionKind.ApiKey, cancellationToken)).Count >= options.Value.MaxKeysPerUser)
        {
            throw ChatException.Conflict("limit_reached", $"A person may have {options.Value.MaxKeysPerUser} keys.");
        }

        var key = await sessions.CreateAsync(
            new NewSession(current.Id, SessionKind.ApiKey, name, command.Scopes, command.ExpiresAt), cancellationToken);
        LogKeyCreated(current.Id.Value, key.Session.Id.Value);
        return key;
    }

    private async Task<User> GetAsync(CurrentUser current, CancellationToken cancellationToken) =>
        await users.Users.FirstOrDefaultAsync(user => user.Id == current.Id, cancellationToken) ?? throw ChatException.NotSignedIn();

    private async Task<User?> FindAsync(string name) =>
        name.Contains('@') ? await users.FindByEmailAsync(name) : await users.FindByNameAsync(name);

    private async Task<bool> IsPasswordAsync(User? user, string password)
    {
        if (user is not null)
        {
            return await users.CheckPasswordAsync(user, password);
        }

        var nobody = new User();
        _decoyHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
        users.PasswordHasher.VerifyHashedPassword(nobody, _decoyHash, password);
        return false;
    }

    private async Task<SignedIn> BeginAsync(User user, string? device, Caller caller, CancellationToken cancellationToken)
    {
        var name = device is null ? UnknownDevice : AccountRules.RequireDisplayName(device, maxLength: Session.MaxNameLength);

        // Always a new session: one that was there before must not become somebody's.
        var (session, token) = await sessions.CreateAsync(
            new NewSession(user.Id, SessionKind.SignIn, name, SessionScopes.All), cancellationToken);
        var isKnown = await sessions.IsKnownDeviceAsync(caller.DeviceToken, user.Id, cancellationToken);
        var deviceToken = isKnown
            ? null
            : (await sessions.CreateAsync(new NewSession(user.Id, SessionKind.KnownDevice, name, SessionScopes.None), cancellationToken)).Token;
        return new SignedIn(user, session, token, deviceToken);
    }

    /// <summary>Two sign-ups with one name can both pass Identity's check; the unique index then decides.</summary>
    private static async Task<IdentityResult> SaveAsync(Func<Task<IdentityResult>> save)
    {
        try
        {
            return await save();
        }
        catch (DbUpdateException exception) when (exception.InnerException is System.Data.Common.DbException { SqlState: null or "23505" } inner
            && inner.Message.Contains("UNIQUE", StringComparison.OrdinalIgnoreCase))
        {
            var code = inner.Message.Contains("Email", StringComparison.Ordinal) ? "DuplicateEmail" : "DuplicateUserName";
            return IdentityResult.Failed(new IdentityError { Code = code });
        }
    }

    private static void Require(IdentityResult result)
    {
        if (result.Succeeded)
        {
            return;
        }

        throw result.Errors.First().Code switch
        {
            nameof(IdentityErrorDescriber.DuplicateUserName) => ChatException.Conflict("username_taken", "This user name is taken."),
            nameof(IdentityErrorDescriber.DuplicateEmail) => ChatException.Conflict("email_taken", "This e-mail address is taken."),
            nameof(IdentityErrorDescriber.ConcurrencyFailure) => ChatException.Busy(),
            var code => ChatException.Invalid("invalid_request", $"Identity refused: {code}."),
        };
    }

    private static ChatException WrongCredentials() =>
        new(ChatError.NotSignedIn, "wrong_credentials", "User name or password is wrong.");

    [LoggerMessage(LogLevel.Information, "User {UserId} signed up as {Role}")]
    private partial void LogSignedUp(Guid userId, UserRole role);

    [LoggerMessage(LogLevel.Information, "User {UserId} changed the password; all other sessions ended")]
    private partial void LogPasswordChanged(Guid userId);

    [LoggerMessage(LogLevel.Information, "User {UserId} deleted the account")]
    private partial void LogDeleted(Guid userId);

    [LoggerMessage(LogLevel.Information, "User {UserId} created API key {SessionId}")]
    private partial void LogKeyCreated(Guid userId, Guid sessionId);
}
