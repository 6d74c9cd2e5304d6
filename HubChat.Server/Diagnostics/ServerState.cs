namespace HubChat.Server.Diagnostics;

/// <summary>Where this process stands between its start and its end.</summary>
internal sealed class ServerState
{
    /// <summary>What a server may have to do without, by its wire name.</summary>
    public const string Database = "database";

    public const string Redis = "redis";

    private volatile bool _swept;
    private volatile bool _draining;
    private volatile bool _unwritable;

    /// <summary>The database is open, migrated and swept, can be written to, and the server is not about to stop.</summary>
    public bool IsReady => _swept && !_draining && !_unwritable;

    /// <summary>The server is about to stop: it takes no new replies and no new hub connections.</summary>
    public bool IsDraining => _draining;

    /// <summary>The disk did not take what was written to the database; until the next start nothing more is.</summary>
    public bool IsUnwritable => _unwritable;

    public void Swept() => _swept = true;

    public void Drain() => _draining = true;

    public void DatabaseIsUnwritable() => _unwritable = true;

    /// <summary>The names of what there is to do without; none when nothing is amiss.</summary>
    public static IReadOnlyList<string> Without(bool database, bool redis) => (database, redis) switch
    {
        (true, true) => [Database, Redis],
        (true, false) => [Database],
        (false, true) => [Redis],
        _ => [],
    };
}
