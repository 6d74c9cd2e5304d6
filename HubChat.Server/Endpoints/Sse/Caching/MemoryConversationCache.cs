using System.Collections.Immutable;
using HubChat.Server.Ids;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>The cache of one node, bounded by bytes.</summary>
internal sealed class MemoryConversationCache(IOptions<CachingOptions> options, TimeProvider time) : IConversationCache, IDisposable
{
    // Keys share their counters: somebody else's change only makes an answer not be kept.
    private const int Stripes = 1_024;

    // About what an entry costs besides its bytes.
    private const int Overhead = 256;

    private readonly MemoryCache _entries = new(new MemoryCacheOptions { SizeLimit = options.Value.MaxBytes });
    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe())];
    private long _usedAt = long.MinValue;

    public bool MayHold =>
        Interlocked.Read(ref _usedAt) is var usedAt && usedAt != long.MinValue && time.GetElapsedTime(usedAt) <= IConversationCache.Lifetime;

    public Task<CacheLookup> FindHistoryAsync(ChatId chat) => Task.FromResult(Find(chat, page: ""));

    public Task StoreHistoryAsync(ChatId chat, byte[] body, long version) => Store(chat, page: "", body, version);

    public Task<CacheLookup> FindListAsync(UserId user, string page) => Task.FromResult(Find(user, page));

    public Task StoreListAsync(UserId user, string page, byte[] body, long version) => Store(user, page, body, version);

    public Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists)
    {
        if (history is { } chat)
        {
            Remove(chat);
        }

        foreach (var user in lists)
        {
            Remove(user);
        }

        return Task.CompletedTask;
    }

    public Task InvalidateAllAsync()
    {
        foreach (var stripe in _stripes)
        {
            lock (stripe)
            {
                stripe.Version++;
            }
        }

        // What is put there from now on was read after the change.
        _entries.Clear();
        return Task.CompletedTask;
    }

    public void Dispose() => _entries.Dispose();

    private CacheLookup Find<TKey>(TKey key, string page)
        where TKey : struct
    {
        // Before anything is read: from here on a change must be told.
        Interlocked.Exchange(ref _usedAt, time.GetTimestamp());
        var stripe = StripeOf(key);
        lock (stripe)
        {
            return new CacheLookup(PagesOf(key)?.Bodies.GetValueOrDefault(page), stripe.Version);
        }
    }

    private Task Store<TKey>(TKey key, string page, byte[] body, long version)
        where TKey : struct
    {
        Interlocked.Exchange(ref _usedAt, time.GetTimestamp());
        var stripe = StripeOf(key);
        lock (stripe)
        {
            var pages = PagesOf(key) ?? new Pages(ImmutableDictionary<string, byte[]>.Empty, time.GetTimestamp());
            if (stripe.Version == version && (pages.Bodies.Count < options.Value.MaxPagesPerList || pages.Bodies.ContainsKey(page)))
            {
                pages = pages with { Bodies = pages.Bodies.SetItem(page, body) };
                var size = pages.Bodies.Sum(kept => (long)kept.Value.Length + Overhead);
                _entries.Set(key, pages, new MemoryCacheEntryOptions { Size = size, AbsoluteExpirationRelativeToNow = IConversationCache.Lifetime });
            }
        }

        return Task.CompletedTask;
    }

    private void Remove<TKey>(TKey key)
        where TKey : struct
    {
        var stripe = StripeOf(key);
        lock (stripe)
        {
            stripe.Version++;
            _entries.Remove(key);
        }
    }

    private Pages? PagesOf(object key) =>
        _entries.TryGetValue(key, out Pages? pages) && time.GetElapsedTime(pages!.BegunAt) < IConversationCache.Lifetime ? pages : null;

    private Stripe StripeOf<TKey>(TKey key)
        where TKey : struct => _stripes[(uint)key.GetHashCode() % Stripes];

    private sealed class Stripe
    {
        public long Version { get; set; }
    }

    /// <param name="Bodies">By page.</param>
    /// <param name="BegunAt">When the first came, a time stamp; the others do not prolong it.</param>
    private sealed record Pages(ImmutableDictionary<string, byte[]> Bodies, long BegunAt);
}
