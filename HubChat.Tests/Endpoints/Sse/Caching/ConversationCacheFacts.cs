using System.Text;
using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Ids;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

/// <summary>What holds for every cache.</summary>
public abstract class ConversationCacheFacts
{
    private protected static readonly string FirstPage = "0:20:updated:false";
    private protected static readonly string SecondPage = "20:20:updated:false";

    private protected abstract IConversationCache Cache { get; }

    private protected ChatId Chat { get; } = TypedId.New<ChatId>(TimeProvider.System);

    private protected UserId Ada { get; } = TypedId.New<UserId>(TimeProvider.System);

    private protected UserId Bob { get; } = TypedId.New<UserId>(TimeProvider.System);

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_kept_is_found_until_it_changes()
    {
        Assert.Null((await Cache.FindHistoryAsync(Chat)).Body);
        await FillHistoryAsync("one");
        Assert.Equal("one", await HistoryAsync());

        await Cache.InvalidateAsync(Chat, []);
        Assert.Null(await HistoryAsync());
        await FillHistoryAsync("two");
        Assert.Equal("two", await HistoryAsync());
    }

    [Fact]
    public async Task Change_of_a_list_drops_all_its_pages_and_nobody_elses()
    {
        await FillListAsync(Ada, FirstPage, "a1");
        await FillListAsync(Ada, SecondPage, "a2");
        await FillListAsync(Bob, FirstPage, "b1");
        await FillHistoryAsync("one");
        Assert.Equal(("a1", "a2", "b1"), (await ListAsync(Ada, FirstPage), await ListAsync(Ada, SecondPage), await ListAsync(Bob, FirstPage)));

        await Cache.InvalidateAsync(history: null, [Ada]);
        Assert.Equal((null, null, "b1"), (await ListAsync(Ada, FirstPage), await ListAsync(Ada, SecondPage), await ListAsync(Bob, FirstPage)));
        Assert.Equal("one", await HistoryAsync());
    }

    [Fact]
    public async Task What_was_read_before_a_change_is_not_kept_after_it()
    {
        var history = await Cache.FindHistoryAsync(Chat);
        var list = await Cache.FindListAsync(Ada, FirstPage);
        await Cache.InvalidateAsync(Chat, [Ada, Bob]);
        await Cache.StoreHistoryAsync(Chat, "old"u8.ToArray(), history.Version!.Value);
        await Cache.StoreListAsync(Ada, FirstPage, "old"u8.ToArray(), list.Version!.Value);

        Assert.Null(await HistoryAsync());
        Assert.Null(await ListAsync(Ada, FirstPage));
    }

    [Fact]
    public async Task Change_of_nobody_knows_what_drops_everything()
    {
        await FillHistoryAsync("one");
        await FillListAsync(Ada, FirstPage, "a1");
        await Cache.InvalidateAllAsync();

        Assert.Equal((null, null), (await HistoryAsync(), await ListAsync(Ada, FirstPage)));
        await FillHistoryAsync("two");
        Assert.Equal("two", await HistoryAsync());
    }

    [Fact]
    public async Task Pages_of_a_list_are_bounded()
    {
        for (var offset = 0; offset < 100; offset++)
        {
            await FillListAsync(Ada, $"{offset}:20:updated:false", "a");
        }

        await FillListAsync(Bob, FirstPage, "b1");
        var kept = 0;
        for (var offset = 0; offset < 100; offset++)
        {
            kept += await ListAsync(Ada, $"{offset}:20:updated:false") is null ? 0 : 1;
        }

        Assert.Equal((64, "b1"), (kept, await ListAsync(Bob, FirstPage)));
    }

    /// <summary>One truth that only grows, readers that are slow, writers that tell: nobody may find less than was told before he looked.</summary>
    [Fact]
    public async Task Nobody_finds_what_was_changed_before_he_looked()
    {
        var (truth, told) = (0, 0);
        var writer = Task.Run(
            async () =>
            {
                for (var i = 1; i <= 300; i++)
                {
                    Volatile.Write(ref truth, i);
                    await Cache.InvalidateAsync(Chat, [Ada]);
                    Volatile.Write(ref told, i);
                    await Task.Yield();
                }
            },
            Token);
        var hits = 0;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                while (!writer.IsCompleted || Volatile.Read(ref hits) == 0)
                {
                    var before = Volatile.Read(ref told);
                    var found = await Cache.FindHistoryAsync(Chat);
                    if (found.Body is { } body)
                    {
                        Interlocked.Increment(ref hits);
                        Assert.InRange(int.Parse(Encoding.UTF8.GetString(body), System.Globalization.CultureInfo.InvariantCulture), before, int.MaxValue);
                        continue;
                    }

                    var read = Volatile.Read(ref truth);
                    await Task.Yield();
                    await Cache.StoreHistoryAsync(Chat, Encoding.UTF8.GetBytes($"{read}"), found.Version!.Value);
                }
            },
            Token));
        await Task.WhenAll([writer, .. readers]);
        Assert.True(hits > 0);
    }

    private protected async Task FillHistoryAsync(string body) =>
        await Cache.StoreHistoryAsync(Chat, Encoding.UTF8.GetBytes(body), (await Cache.FindHistoryAsync(Chat)).Version!.Value);

    private protected async Task FillListAsync(UserId user, string page, string body) =>
        await Cache.StoreListAsync(user, page, Encoding.UTF8.GetBytes(body), (await Cache.FindListAsync(user, page)).Version!.Value);

    private protected async Task<string?> HistoryAsync() => TextOf(await Cache.FindHistoryAsync(Chat));

    private protected async Task<string?> ListAsync(UserId user, string page) => TextOf(await Cache.FindListAsync(user, page));

    private static string? TextOf(CacheLookup lookup) => lookup.Body is { } body ? Encoding.UTF8.GetString(body) : null;
}
