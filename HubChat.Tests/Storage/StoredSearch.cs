using HubChat.Server.Chats;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Storage;
using HubChat.Server.Storage.Postgres;
using HubChat.Server.Storage.Sqlite;
using HubChat.Server.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace HubChat.Tests.Storage;

/// <summary>Searches in a database without a server.</summary>
internal sealed class StoredSearch
{
    private readonly PooledDbContextFactory<ChatDbContext> _contexts;
    private readonly SearchQuery _search;

    public StoredSearch(Action<DbContextOptionsBuilder<ChatDbContext>> use, bool isSqlite)
    {
        var options = new DbContextOptionsBuilder<ChatDbContext>();
        use(options);
        _contexts = new PooledDbContextFactory<ChatDbContext>(
            options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)).Options);
        _search = new SearchQuery(_contexts, isSqlite ? new SqliteMessageIndex() : new PostgresMessageIndex());
    }

    public ChatDbContext NewContext() => _contexts.CreateDbContext();

    public Task<IReadOnlyList<FoundMessage>> FindAsync(UserId user, string query, CancellationToken cancellationToken)
    {
        var caller = new CurrentUser(user, "ada", "Ada", "", default, default, default, SessionScopes.Chat, SessionExpiresAt: null, default);
        return _search.FindAsync(new SearchMessages(query, ChatId: null, Before: null, Limit: 10), SearchWords.Of(query), caller, 10, cancellationToken);
    }
}
