namespace HubChat.Server.Nodes;

/// <summary>The leases of all nodes. A database of one process has none: nobody else is there.</summary>
internal interface INodeStore
{
    /// <summary>Says that this node lives, for so long from now on by the database's clock.</summary>
    /// <exception cref="System.Data.Common.DbException">The database could not be told.</exception>
    Task RenewAsync(NodeIdentity node, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Says that this node is gone: what it had is taken over at once.</summary>
    Task RemoveAsync(NodeIdentity node, CancellationToken cancellationToken);
}
