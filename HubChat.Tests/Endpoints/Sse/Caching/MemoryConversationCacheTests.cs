using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class MemoryConversationCacheTests : ConversationCacheFacts, IDisposable
{
    private static readonly TimeSpan JustShort = IConversationCache.Lifetime - TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryConversationCache _cache;

    public MemoryConversationCacheTests() =>
        _cache = new MemoryConversationCache(Options.Create(new CachingOptions { MaxBytes = 100_000 }), _time);

    private protected override IConversationCache Cache => _cache;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task List_expires_ten_minutes_after_its_first_page()
    {
        await FillListAsync(Ada, FirstPage, "a1");
        _time.Advance(JustShort);
        await FillListAsync(Ada, SecondPage, "a2");
        Assert.Equal(("a1", "a2"), (await ListAsync(Ada, FirstPage), await ListAsync(Ada, SecondPage)));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((null, null), (await ListAsync(Ada, FirstPage), await ListAsync(Ada, SecondPage)));
    }

    [Fact]
    public async Task Clock_that_is_set_back_keeps_nothing_longer()
    {
        await FillListAsync(Ada, FirstPage, "a1");
        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        Assert.Equal("a1", await ListAsync(Ada, FirstPage));
        _time.Advance(IConversationCache.Lifetime);

        Assert.Null(await ListAsync(Ada, FirstPage));
    }

    [Fact]
    public async Task What_was_read_before_everything_was_dropped_is_not_kept()
    {
        var looked = await _cache.FindHistoryAsync(Chat);
        await _cache.InvalidateAllAsync();
        await _cache.StoreHistoryAsync(Chat, [1], looked.Version!.Value);

        Assert.Null(await HistoryAsync());
    }

    [Fact]
    public async Task Changes_cost_nothing_while_nobody_has_looked_for_as_long_as_anything_is_kept()
    {
        Assert.False(_cache.MayHold);
        await _cache.FindHistoryAsync(Chat);
        Assert.True(_cache.MayHold);
        _time.Advance(JustShort);
        await FillHistoryAsync("one");
        _time.Advance(JustShort);
        Assert.True(_cache.MayHold);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_cache.MayHold);
    }

    [Fact]
    public async Task No_more_is_kept_than_it_may_hold()
    {
        var chats = Enumerable.Range(0, 500).Select(_ => TypedId.New<ChatId>(TimeProvider.System)).ToList();
        foreach (var chat in chats)
        {
            var version = (await _cache.FindHistoryAsync(chat)).Version!.Value;
            await _cache.StoreHistoryAsync(chat, new byte[1_000], version);
        }

        var kept = 0;
        foreach (var chat in chats)
        {
            kept += (await _cache.FindHistoryAsync(chat)).Body is null ? 0 : 1;
        }

        Assert.InRange(kept, 1, 100);
    }
}
