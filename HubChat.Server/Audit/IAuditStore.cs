namespace HubChat.Server.Audit;

/// <summary>Where the audit log is kept. Nothing here changes or removes a line.</summary>
internal interface IAuditStore
{
    Task AppendAsync(AuditRecord record, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Lines before a number, the newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(long? before, int max, CancellationToken cancellationToken);

    /// <summary>All lines of one moment, the oldest first.</summary>
    IAsyncEnumerable<AuditEntry> ReadAllAsync(CancellationToken cancellationToken);
}
