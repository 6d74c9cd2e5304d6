namespace HubChat.Server.Diagnostics;

internal enum Failpoint
{
    /// <summary>A write has run, its transaction is still open.</summary>
    BeforeCommit,

    /// <summary>The transaction is durable, nobody has been told.</summary>
    AfterCommitBeforeAcknowledge,

    /// <summary>The writer knows of its success, no watcher does.</summary>
    AfterAcknowledgeBeforePublish,

    /// <summary>A delta stands in the log, no watcher has been told.</summary>
    AfterAppendBeforePublish,
}
