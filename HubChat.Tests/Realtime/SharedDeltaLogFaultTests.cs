using HubChat.Server.Realtime;
using HubChat.Server.Redis;
using StackExchange.Redis;
using Xunit;
using StreamPosition = HubChat.Server.Realtime.StreamPosition;

namespace HubChat.Tests.Realtime;

/// <summary>What may happen to Redis and to nodes while a reply is written: nobody reads anything but what its writer wrote.</summary>
public sealed class SharedDeltaLogFaultTests : DeltaLogTest, IAsyncLifetime
{
    private TwoNodeDeltaLog _log = null!;

    private protected override IDeltaLog Log => _log;

    public async ValueTask InitializeAsync() => _log = await TwoNodeDeltaLog.StartAsync(Token);

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task Redis_that_lost_everything_is_given_it_again_with_the_next_entry()
    {
        await WriteAsync("one ", "two ");
        await FlushAsync();

        await _log.AppendAsync(Id, 1, "three", Token);

        Assert.Equal("one two three", await ReadAsync());
        Assert.Equal([1, 2, 3, 4], (await _log.ReadEntriesAsync(Id, 1, 0, 100, Token))!.Entries.Select(entry => entry.Number));
    }

    [Fact]
    public async Task Redis_that_went_back_in_time_is_given_what_it_lacks()
    {
        await WriteAsync("one ", "two ", "three ");
        await _log.Reader.Log.ReadAsync(Id, StreamPosition.Start, Token);
        using (var redis = await _log.Server.ConnectAsync())
        {
            // As after a cut-off log of Redis: the newest entries are gone, and it does not know that they were there.
            var database = redis.GetDatabase();
            await database.StreamDeleteAsync(RedisKeys.Deltas(Id), ["1-3", "1-4"]);
            await database.ExecuteAsync("XSETID", RedisKeys.Deltas(Id), "1-2");
        }

        await _log.AppendAsync(Id, 1, "four", Token);

        Assert.Equal("one two three four", await ReadAsync());
        await using var third = await DeltaLogNode.StartAsync(_log.Server, Token);
        Assert.Equal("one two three four", TextOf(await third.Log.ReadAsync(Id, StreamPosition.Start, Token)));
    }

    [Fact]
    public async Task Writer_goes_on_without_Redis_and_readers_have_all_of_it_when_it_is_back()
    {
        await WriteAsync("one ");
        await _log.Server.KillAsync(Token);
        await _log.AppendAsync(Id, 1, "two ", Token);
        await _log.AppendAsync(Id, 1, "three", Token);
        Assert.Equal("one two three", TextOf(await _log.Writer.Log.ReadAsync(Id, StreamPosition.Start, Token)));

        await _log.Server.RestartAsync(Token);

        // Nothing more is written: what Redis lacks is given to it all the same.
        await Eventually.HoldsAsync(async () => await ReadAsync() == "one two three", Token, TimeSpan.FromSeconds(30));
        await _log.SealAsync(Id, 1, DeltaEnd.Of("done", "one two three"), Token);
        await Eventually.HoldsAsync(
            async () => (await _log.ReadAsync(Id, StreamPosition.Start, Token))!.IsSealed, Token, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Reply_that_began_and_ended_without_Redis_is_there_when_it_is_back()
    {
        await _log.Server.KillAsync(Token);
        await Eventually.HoldsAsync(() => !_log.Writer.Redis.IsAvailable, Token);
        await WriteAsync("one ", "two");
        await _log.SealAsync(Id, 1, DeltaEnd.Of("done", "one two"), Token);
        await _log.CloseAsync(Id, 1, "A title", Token);
        await _log.Server.RestartAsync(Token);

        await Eventually.HoldsAsync(
            async () => (await _log.ReadEntriesAsync(Id, 1, 0, 100, Token)) is { IsClosed: true }, Token, TimeSpan.FromSeconds(30));

        Assert.Equal("one two", await ReadAsync());
    }

    [Fact]
    public async Task Writer_of_an_older_attempt_is_refused_at_every_step()
    {
        await WriteAsync("one ");
        await _log.Reader.Log.OpenAsync(Reply, 2, "", Token);
        await _log.Reader.Log.AppendAsync(Id, 2, "again", Token);

        for (var i = 0; i < 50; i++)
        {
            await Assert.ThrowsAsync<StaleEpochException>(() => _log.AppendAsync(Id, 1, "zombie", Token).AsTask());
        }

        await Assert.ThrowsAsync<StaleEpochException>(() => _log.SealAsync(Id, 1, DeltaEnd.Of("done", "one "), Token).AsTask());
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.OpenAsync(Reply, 1, "", Token).AsTask());
        Assert.Equal("again", await ReadAsync());
        Assert.Equal("again", TextOf(await _log.Writer.Log.ReadAsync(Id, StreamPosition.Start, Token)));
    }

    [Fact]
    public async Task Writer_that_lost_its_reply_while_it_could_not_ask_Redis_shows_nothing_more()
    {
        await WriteAsync("one ");
        await _log.Server.KillAsync(Token);
        _log.Writer.Attempt = 1;
        await _log.AppendAsync(Id, 1, "two", Token);
        _log.Writer.Attempt = 2;

        // Within a moment of its having been accepted it is still believed.
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await _log.AppendAsync(Id, 1, ".", Token);
                    return false;
                }
                catch (StaleEpochException)
                {
                    return true;
                }
            },
            Token);

        var shown = TextOf(await _log.Writer.Log.ReadAsync(Id, StreamPosition.Start, Token));
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.AppendAsync(Id, 1, "zombie", Token).AsTask());
        Assert.Equal(shown, TextOf(await _log.Writer.Log.ReadAsync(Id, StreamPosition.Start, Token)));
    }

    [Fact]
    public async Task Reply_erased_at_another_node_is_gone_for_its_writer_too()
    {
        await WriteAsync("a secret");

        var told = await _log.Reader.Log.EraseAsync(Reply, 2, DeltaEnd.Of("stopped", ""), Token);

        Assert.Equal(2, told.Count);
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.AppendAsync(Id, 1, " and more", Token).AsTask());
        Assert.Equal("", TextOf(await _log.Writer.Log.ReadAsync(Id, StreamPosition.Start, Token)));
        await using var third = await DeltaLogNode.StartAsync(_log.Server, Token);
        Assert.Equal("", TextOf(await third.Log.ReadAsync(Id, StreamPosition.Start, Token)));
        using var redis = await _log.Server.ConnectAsync();
        Assert.DoesNotContain(
            await redis.GetDatabase().StreamRangeAsync(RedisKeys.Deltas(Id)), entry => entry.Values.Any(value => $"{value.Value}".Contains("secret", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Erasure_that_Redis_could_not_be_told_is_told_when_it_is_back()
    {
        await WriteAsync("a secret");
        _log.Server.Freeze();
        await _log.EraseAsync(Reply, 2, DeltaEnd.Of("stopped", ""), Token);
        _log.Server.Thaw();

        await using var third = await DeltaLogNode.StartAsync(_log.Server, Token);
        await Eventually.HoldsAsync(
            async () => TextOf(await third.Log.ReadAsync(Id, StreamPosition.Start, Token)) is "" or null, Token, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Reply_whose_writer_died_is_ended_once_for_all_nodes()
    {
        await WriteAsync("one ");
        var end = DeltaEnd.Of("interrupted", "one ", "server_stopped");

        // Two nodes find it out at the same moment.
        await using var third = await DeltaLogNode.StartAsync(_log.Server, Token);
        await Task.WhenAll(
            _log.Reader.Log.EndAsync(Reply, 2, "one ", end, Token).AsTask(), third.Log.EndAsync(Reply, 2, "one ", end, Token).AsTask());

        // The writer was only frozen, and goes on.
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.AppendAsync(Id, 1, "late", Token).AsTask());
        foreach (var node in new[] { _log.Reader, third, _log.Writer })
        {
            var read = (await node.Log.ReadAsync(Id, StreamPosition.Start, Token))!;
            Assert.Equal(("one ", true), (TextOf(read), read.IsSealed));
            Assert.Equal(end, read.Deltas.OfType<DeltaDone>().Single().End);
        }
    }

    [Fact]
    public async Task What_is_written_at_one_node_arrives_at_another_in_its_order_also_when_announcements_are_lost()
    {
        var arrived = new System.Collections.Concurrent.ConcurrentQueue<Delta>();
        _log.Arrived += (_, delta) => arrived.Enqueue(delta);
        await WriteAsync("begun ");
        using (var redis = await _log.Server.ConnectAsync())
        {
            for (var i = 0; i < 40; i++)
            {
                if (i % 10 == 5)
                {
                    await redis.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
                }

                await _log.AppendAsync(Id, 1, $"{i} ", Token);
            }
        }

        await _log.SealAsync(Id, 1, DeltaEnd.Of("done", "any"), Token);
        await Eventually.HoldsAsync(() => arrived.LastOrDefault() is DeltaDone, Token, TimeSpan.FromSeconds(30));

        Assert.Equal(Enumerable.Range(1, 43).Select(number => (long)number), arrived.Select(delta => delta.Number));
        Assert.Equal("begun " + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i} ")), string.Concat(arrived.OfType<DeltaText>().Select(text => text.Text)));
    }

    [Fact]
    public async Task Every_key_has_a_lifetime()
    {
        await WriteAsync("one ");
        using var redis = await _log.Server.ConnectAsync();
        var database = redis.GetDatabase();
        var keys = redis.GetServers().Single().Keys().ToList();
        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.NotNull(database.KeyTimeToLive(key)));
    }

    [Fact]
    public async Task What_is_no_entry_of_ours_breaks_nobody()
    {
        using (var redis = await _log.Server.ConnectAsync())
        {
            await redis.GetDatabase().StreamAddAsync(RedisKeys.Deltas(Id), "x", "no JSON", messageId: "1-1");
            await redis.GetDatabase().PublishAsync(RedisKeys.ChatChannel(Reply.ChatId), "{\"k\":\"unheard of\"}");
        }

        Assert.Null(await _log.ReadAsync(Id, StreamPosition.Start, Token));
        await _log.OpenAsync(Reply, 2, "begun", Token);
        Assert.Equal("begun", await ReadAsync());
    }

    private async Task WriteAsync(params string[] pieces)
    {
        await _log.OpenAsync(Reply, 1, "", Token);
        foreach (var piece in pieces)
        {
            await _log.AppendAsync(Id, 1, piece, Token);
        }
    }

    private async Task FlushAsync()
    {
        using var redis = await _log.Server.ConnectAsync();
        await redis.GetServers().Single().FlushAllDatabasesAsync();
    }

    private async Task<string?> ReadAsync() => TextOf(await _log.ReadAsync(Id, StreamPosition.Start, Token));

    private static string? TextOf(DeltaRead? read) => read?.Deltas.OfType<DeltaReset>().SingleOrDefault()?.Text;
}
