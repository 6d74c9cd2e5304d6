namespace HubChat.Server.Realtime;

/// <summary>A subscription whose items pass through an outbox. It knows what its reader has, and can read from there.</summary>
internal interface IOutboxSource
{
    /// <summary>
    /// Decides, at the moment of writing, what the reader needs of an item: the item, a part of it, or null. Sets
    /// <paramref name="isBehind"/> when something before it is missing.
    /// </summary>
    OutboxItem? Admit(OutboxItem item, out bool isBehind);

    /// <summary>Reads what the reader lacks, after items were dropped. Null when nothing can be read any more.</summary>
    Task<OutboxItem?> CatchUpAsync(CancellationToken cancellationToken);
}
