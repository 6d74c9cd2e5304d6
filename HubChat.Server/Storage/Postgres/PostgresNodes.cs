using HubChat.Server.Nodes;
using Npgsql;

namespace HubChat.Server.Storage.Postgres;

/// <summary>
/// Leases by the database's clock, through connections of their own: a node whose pool is used up by its work is alive all the same.
/// </summary>
internal sealed class PostgresNodes : INodeStore, IAsyncDisposable
{
    // Names of nodes that were killed are of use to whoever looks for the reason.
    private static readonly TimeSpan Forget = TimeSpan.FromHours(1);
    private readonly NpgsqlDataSource _source;

    public PostgresNodes(NpgsqlDataSource shared)
    {
        var connection = new NpgsqlConnectionStringBuilder(shared.ConnectionString) { MinPoolSize = 1, MaxPoolSize = 2, Timeout = 2, CommandTimeout = 2 };
        _source = NpgsqlDataSource.Create(connection);
    }

    public async Task RenewAsync(NodeIdentity node, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var renew = _source.CreateCommand("""
            WITH forgotten AS (DELETE FROM "Nodes" WHERE "LeaseUntil" < clock_timestamp() - $4)
            INSERT INTO "Nodes" ("Id", "Name", "StartedAt", "LeaseUntil") VALUES ($1, $2, clock_timestamp(), clock_timestamp() + $3)
            ON CONFLICT ("Id") DO UPDATE SET "LeaseUntil" = excluded."LeaseUntil"
            """);
        renew.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
        renew.Parameters.Add(new NpgsqlParameter<string> { TypedValue = node.Name });
        renew.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = lease });
        renew.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Forget });
        await renew.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task RemoveAsync(NodeIdentity node, CancellationToken cancellationToken)
    {
        await using var remove = _source.CreateCommand("""DELETE FROM "Nodes" WHERE "Id" = $1""");
        remove.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
        await remove.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
