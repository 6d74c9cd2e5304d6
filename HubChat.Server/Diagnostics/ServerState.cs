namespace HubChat.Server.Diagnostics;

/// <summary>Where this process stands between its start and its end.</summary>
internal sealed class ServerState
{
    /// <summary>What a server may have to do without, by its wire name.</summary>
    public const string Database = "database";

    public const string Redis = "redis";

    private volatile bool _swept;
    private volatile bool _draining;

    /// <summary>The database is open, migrated and swept, and the server is not about to stop.</summary>
    public bool IsReady => _swept && !_draining;

    /// <summary>The server is about to stop: it takes no new replies and no new hub connections.</summary>
    public bool IsDraining => _draining;

    public void Swept() => _swept = true;

    public void Drain() => _draining = true;

    /// <summary>The names of what there is to do without; none when nothing is amiss.</summary>
    public static IReadOnlyList<string> Without(bool database, bool redis) => (database, redis) switch
    {
        (true, true) => [Database, Redis],
        (true, false) => [Database],
        (false, true) => [Redis],
        _ => [],
    };
}
