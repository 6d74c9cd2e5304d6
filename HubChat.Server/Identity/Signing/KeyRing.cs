using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity.Signing;

/// <summary>
/// The keys of all nodes. Which of them signs depends only on the moment that is signed for: every node makes the same token of the same
/// thing, also after a new key has come.
/// </summary>
internal sealed class KeyRing(ISigningKeyStore store, IOptions<SigningOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>The longest a token may be valid: for so long a key is kept after its successor has come.</summary>
    public static readonly TimeSpan MaxTokenLifetime = TimeSpan.FromDays(1);

    // A new key signs when every node has had the time to learn of it.
    private static readonly TimeSpan Introduction = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Refresh = Introduction / 2;

    // Somebody who sends tokens with made-up key ids must not make this node read the table each time.
    private static readonly TimeSpan RefreshForUnknown = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private Ring? _ring;

    /// <summary>The key that signs what belongs to a moment.</summary>
    public async Task<RingKey> GetForAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        var ring = await GetAsync(Refresh, cancellationToken);
        return ring.Keys.FirstOrDefault(key => key.CreatedAt + Introduction <= moment) ?? ring.Keys[^1];
    }

    /// <summary>A key by its <c>kid</c>; null when there is none.</summary>
    public async Task<RingKey?> FindAsync(string? id, CancellationToken cancellationToken) =>
        In(await GetAsync(Refresh, cancellationToken), id) ?? In(await GetAsync(RefreshForUnknown, cancellationToken), id);

    public void Dispose() => _loading.Dispose();

    private static RingKey? In(Ring ring, string? id) => ring.Keys.FirstOrDefault(key => key.Id == id);

    private async Task<Ring> GetAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (_ring is { } known && time.GetUtcNow() - known.LoadedAt < maxAge)
        {
            return known;
        }

        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_ring is not { } ring || time.GetUtcNow() - ring.LoadedAt >= maxAge)
            {
                ring = _ring = await LoadAsync(cancellationToken);
            }

            return ring;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<Ring> LoadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var keys = await store.ListAsync(cancellationToken);
        if (keys.Count == 0 || keys[0].CreatedAt + options.Value.KeyLifetime <= now)
        {
            var outdated = keys.Zip(keys.Skip(1), (successor, key) => (successor, key))
                .Where(pair => pair.successor.CreatedAt + Introduction + MaxTokenLifetime < now)
                .Select(pair => pair.key.Id);
            await store.AddAsync(RingKey.New(now), keys.Count > 0 ? keys[0].Id : null, [.. outdated], cancellationToken);
            keys = await store.ListAsync(cancellationToken);
        }

        return new Ring([.. keys.Select(key => new RingKey(key))], now);
    }

    /// <param name="Keys">The newest first.</param>
    /// <param name="LoadedAt">When the table was read.</param>
    private sealed record Ring(IReadOnlyList<RingKey> Keys, DateTimeOffset LoadedAt);
}
