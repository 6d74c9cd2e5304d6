namespace HubChat.Server.Storage;

/// <summary>The one way to write. When it answers, what was written is durable.</summary>
internal interface IDatabaseWriter
{
    /// <summary>Runs some work in a transaction. An exception of the work undoes that work alone.</summary>
    /// <exception cref="Errors.ChatException">busy, storage_full, or what the work itself refused.</exception>
    Task<T> WriteAsync<T>(Func<ChatDbContext, Task<T>> work, CancellationToken cancellationToken);
}
