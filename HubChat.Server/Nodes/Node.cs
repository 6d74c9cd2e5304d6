namespace HubChat.Server.Nodes;

/// <summary>A process that shares this database, as the database knows it.</summary>
internal sealed class Node
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    /// <summary>UTC by the database's clock, as is the lease: clocks of nodes do not matter.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>Until when it is believed alive without a renewal. What it was writing is anybody's after that.</summary>
    public required DateTime LeaseUntil { get; set; }
}
