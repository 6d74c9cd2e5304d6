namespace HubChat.Server.Identity.Signing;

/// <summary>Where signing keys are kept, for all nodes.</summary>
internal interface ISigningKeyStore
{
    /// <summary>All keys, the newest first.</summary>
    Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Adds a key, unless another node has added one since.</summary>
    /// <param name="key">The new one.</param>
    /// <param name="newest">The newest key that is known; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task AddAsync(SigningKey key, Guid? newest, CancellationToken cancellationToken);

    /// <summary>Forgets keys for good.</summary>
    Task RemoveAsync(IReadOnlyCollection<Guid> keys, CancellationToken cancellationToken);
}
