using HubChat.Server.Errors;
using HubChat.Server.Identity.Signing;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Identity.Signing;

/// <summary>Rings of several nodes over the table of one database.</summary>
public sealed class KeyRingTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan Introduction = TimeSpan.FromMinutes(10);
    private readonly HubChatApp _app = new();
    private readonly ManualTimeProvider _time = new();
    private readonly List<KeyRing> _rings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CountingStore Store { get; set; } = null!;

    public ValueTask InitializeAsync()
    {
        _app.Start();
        Store = new CountingStore(_app.Services.GetRequiredService<ISigningKeyStore>());
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _rings.ForEach(ring => ring.Dispose());
        return _app.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_sign_the_same_moment_with_the_same_key_also_after_the_next_has_come()
    {
        var (one, two) = (NewRing(), NewRing());
        var moment = _time.GetUtcNow();
        var first = await one.GetForAsync(moment, Token);
        Assert.Equal(first.Id, (await two.GetForAsync(moment, Token)).Id);

        _time.Advance(Lifetime);
        var rotated = _time.GetUtcNow();
        await one.GetForAsync(rotated, Token);
        Assert.Equal(2, (await Store.ListAsync(Token)).Count);

        // The new key is there and signs nothing of this moment: the other node may not have read it.
        Assert.Equal(first.Id, (await one.GetForAsync(rotated, Token)).Id);
        Assert.Equal(first.Id, (await two.GetForAsync(rotated, Token)).Id);

        _time.Advance(Introduction);
        var (newOfOne, newOfTwo) = (await one.GetForAsync(_time.GetUtcNow(), Token), await two.GetForAsync(_time.GetUtcNow(), Token));
        Assert.Equal(newOfOne.Id, newOfTwo.Id);
        Assert.NotEqual(first.Id, newOfOne.Id);

        // What began before is still signed as it was.
        Assert.Equal(first.Id, (await one.GetForAsync(rotated, Token)).Id);
        Assert.Equal(first.Id, (await NewRing().GetForAsync(moment, Token)).Id);
    }

    [Fact]
    public async Task Old_key_is_known_until_nothing_that_it_signed_can_be_valid()
    {
        var ring = NewRing();
        var old = await ring.GetForAsync(_time.GetUtcNow(), Token);
        _time.Advance(Lifetime);
        await ring.GetForAsync(_time.GetUtcNow(), Token);
        _time.Advance(Introduction + KeyRing.MaxTokenLifetime);

        Assert.NotNull(await ring.FindAsync(old.Id, Token));
        Assert.NotNull(await NewRing().FindAsync(old.Id, Token));

        // Then it is gone, the private half too.
        _time.Advance(TimeSpan.FromMinutes(5));
        await ring.GetForAsync(_time.GetUtcNow(), Token);
        Assert.Null(await ring.FindAsync(old.Id, Token));
        Assert.Single(await Store.ListAsync(Token));
    }

    [Fact]
    public async Task Database_that_takes_nothing_leaves_the_ring_as_it_is()
    {
        var ring = NewRing();
        var old = await ring.GetForAsync(_time.GetUtcNow(), Token);
        _time.Advance(Lifetime);
        Store.IsFull = true;

        Assert.Equal(old.Id, (await ring.GetForAsync(_time.GetUtcNow(), Token)).Id);
        Assert.Equal(old.Id, (await NewRing().GetForAsync(_time.GetUtcNow(), Token)).Id);
        Store.IsFull = false;
        _time.Advance(TimeSpan.FromMinutes(5));
        await ring.GetForAsync(_time.GetUtcNow(), Token);
        Assert.Equal(2, (await Store.ListAsync(Token)).Count);
    }

    [Fact]
    public async Task Database_that_takes_nothing_is_told_where_there_is_no_key_at_all()
    {
        Store.IsFull = true;

        await Assert.ThrowsAsync<ChatException>(() => NewRing().GetForAsync(_time.GetUtcNow(), Token));
    }

    [Fact]
    public async Task Nodes_that_rotate_at_the_same_moment_end_with_one_new_key()
    {
        var rings = Enumerable.Range(0, 8).Select(_ => NewRing()).ToList();
        for (var keys = 1; keys <= 2; keys++)
        {
            var found = await Task.WhenAll(rings.Select(ring => ring.GetForAsync(_time.GetUtcNow(), Token)));

            Assert.Single(found.Select(key => key.Id).Distinct());
            Assert.Equal(keys, (await Store.ListAsync(Token)).Count);
            _time.Advance(Lifetime);
        }
    }

    [Fact]
    public async Task Key_of_another_node_is_found_soon_and_unknown_ones_cost_little()
    {
        var ring = NewRing();
        await ring.GetForAsync(_time.GetUtcNow(), Token);
        var other = RingKey.New(_time.GetUtcNow().AddSeconds(1));
        await Store.AddAsync(other, (await Store.ListAsync(Token))[0].Id, Token);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull(await ring.FindAsync(other.Id.ToString("N"), Token));

        var reads = Store.Reads;
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(await ring.FindAsync(Guid.NewGuid().ToString("N"), Token));
        }

        Assert.Equal(reads, Store.Reads);
    }

    private KeyRing NewRing()
    {
        var ring = new KeyRing(Store, Options.Create(new SigningOptions { KeyLifetime = Lifetime }), _time, NullLogger<KeyRing>.Instance);
        _rings.Add(ring);
        return ring;
    }

    private sealed class CountingStore(ISigningKeyStore store) : ISigningKeyStore
    {
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return store.ListAsync(cancellationToken);
        }

        public bool IsFull { get; set; }

        public Task AddAsync(SigningKey key, Guid? newest, CancellationToken cancellationToken) =>
            IsFull ? throw ChatException.StorageFull() : store.AddAsync(key, newest, cancellationToken);

        public Task RemoveAsync(IReadOnlyCollection<Guid> keys, CancellationToken cancellationToken) =>
            IsFull ? throw ChatException.StorageFull() : store.RemoveAsync(keys, cancellationToken);
    }
}
