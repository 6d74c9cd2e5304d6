using HubChat.Server.Audit;
using HubChat.Server.Errors;
using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

internal interface IAccountStore
{
    /// <summary>People in the order of their ids, which is nearly that of their coming.</summary>
    /// <param name="after">Begins behind this id.</param>
    /// <param name="search">How the user name begins, in any case.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="now">Sessions and keys that have expired by then are not counted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<AccountView>> ListAsync(UserId? after, string? search, int max, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Changes an account in one transaction with the line of the audit log that tells of it. Who is locked by that loses all ways in.
    /// </summary>
    /// <param name="id">Whose account.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="change">Is given the account and all administrators who are not locked; answers null when it changes nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ChatException">not_found, or what the change itself refused.</exception>
    Task<AccountChange> ChangeAsync(
        UserId id, DateTimeOffset now, Func<User, IReadOnlyList<UserId>, AuditRecord?> change, CancellationToken cancellationToken);
}
