using HubChat.Server.Errors;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity.Signing;

/// <summary>
/// The keys of all nodes. Which of them signs depends only on the moment that is signed for: every node makes the same token of the same
/// thing, also after a new key has come.
/// </summary>
internal sealed partial class KeyRing(ISigningKeyStore store, IOptions<SigningOptions> options, TimeProvider time, ILogger<KeyRing> logger) : IDisposable
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
        if (_ring is { } known && time.GetElapsedTime(known.LoadedAt) < maxAge)
        {
            return known;
        }

        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (_ring is not { } ring || time.GetElapsedTime(ring.LoadedAt) >= maxAge)
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
        var (now, loadedAt) = (time.GetUtcNow(), time.GetTimestamp());
        var keys = await store.ListAsync(cancellationToken);
        try
        {
            if (await ChangeAsync(keys, now, cancellationToken))
            {
                keys = await store.ListAsync(cancellationToken);
            }
        }
        catch (ChatException refusal) when (keys.Count > 0)
        {
            // A database that takes nothing now is no reason to sign nothing: the next load tries again.
            LogNotChanged(refusal);
        }

        return new Ring([.. keys.Select(key => new RingKey(key))], loadedAt);
    }

    /// <summary>Adds a key that is due and forgets those that are over; false when there is neither.</summary>
    private async Task<bool> ChangeAsync(IReadOnlyList<SigningKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isDue = keys.Count == 0 || keys[0].CreatedAt + options.Value.KeyLifetime <= now;
        if (isDue)
        {
            await store.AddAsync(RingKey.New(now), keys.Count > 0 ? keys[0].Id : null, cancellationToken);
        }

        Guid[] over =
        [
            .. keys.Zip(keys.Skip(1), (successor, key) => (successor, key))
                .Where(pair => pair.successor.CreatedAt + Introduction + MaxTokenLifetime < now)
                .Select(pair => pair.key.Id),
        ];
        if (over.Length > 0)
        {
            await store.RemoveAsync(over, cancellationToken);
        }

        return isDue || over.Length > 0;
    }

    [LoggerMessage(LogLevel.Warning, "The ring of signing keys cannot be brought up to date now")]
    private partial void LogNotChanged(Exception exception);

    /// <param name="Keys">The newest first.</param>
    /// <param name="LoadedAt">When the table was read, a time stamp.</param>
    private sealed record Ring(IReadOnlyList<RingKey> Keys, long LoadedAt);
}
