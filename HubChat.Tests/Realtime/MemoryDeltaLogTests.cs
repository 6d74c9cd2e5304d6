using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class MemoryDeltaLogTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly GenerationId _id = TypedId.New<GenerationId>(TimeProvider.System);
    private readonly MessageId _message = TypedId.New<MessageId>(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reader_who_waits_for_a_reply_gets_it_from_its_start_to_its_end()
    {
        var log = NewLog();
        await using var reading = log.FollowAsync(_id, StreamPosition.Start, Token).GetAsyncEnumerator(Token);
        var first = reading.MoveNextAsync();
        Assert.False(first.IsCompleted);

        await log.OpenAsync(_id, _message, 1, "", Token);
        Assert.True(await first);
        Assert.IsType<DeltaReset>(reading.Current);
        await log.AppendAsync(_id, 1, "one", Token);
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal("one", Assert.IsType<DeltaText>(reading.Current).Text);
        await log.SealAsync(_id, 1, DeltaEnd.Of("done", "one"), Token);
        Assert.True(await reading.MoveNextAsync());
        Assert.IsType<DeltaDone>(reading.Current);
        Assert.False(await reading.MoveNextAsync());
    }

    [Fact]
    public async Task Slow_reader_gets_what_piled_up_as_one_piece()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "", Token);
        await log.AppendAsync(_id, 1, "one ", Token);
        await log.AppendAsync(_id, 1, "two ", Token);
        await log.AppendAsync(_id, 1, "three", Token);

        var read = await log.ReadAsync(_id, new StreamPosition(1, 4), Token);

        var text = Assert.IsType<DeltaText>(Assert.Single(read!.Deltas));
        Assert.Equal((4, "two three", 4L), (text.Offset, text.Text, text.Number));
    }

    [Fact]
    public async Task Position_beyond_the_text_is_answered_by_a_reset()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "abc", Token);
        var read = await log.ReadAsync(_id, new StreamPosition(1, 4), Token);
        Assert.Equal("abc", Assert.IsType<DeltaReset>(Assert.Single(read!.Deltas)).Text);
    }

    [Fact]
    public async Task Position_inside_a_surrogate_pair_is_answered_by_a_reset()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "a😀b", Token);

        Assert.Equal("a😀b", Assert.IsType<DeltaReset>(Assert.Single((await log.ReadAsync(_id, new StreamPosition(1, 2), Token))!.Deltas)).Text);
        Assert.Equal("😀b", Assert.IsType<DeltaText>(Assert.Single((await log.ReadAsync(_id, new StreamPosition(1, 1), Token))!.Deltas)).Text);
        Assert.Equal("b", Assert.IsType<DeltaText>(Assert.Single((await log.ReadAsync(_id, new StreamPosition(1, 3), Token))!.Deltas)).Text);
    }

    [Fact]
    public async Task Erased_reply_ends_for_its_readers_without_text_and_takes_nothing_more()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "one", Token);
        await using var reading = log.FollowAsync(_id, StreamPosition.Start, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        var more = reading.MoveNextAsync();

        var told = await log.EraseAsync(_id, _message, 2, DeltaEnd.Of("stopped", ""), Token);

        Assert.Equal((2, ""), (Assert.IsType<DeltaReset>(told[0]).Epoch, ((DeltaReset)told[0]).Text));
        Assert.Equal("stopped", Assert.IsType<DeltaDone>(told[1]).End.State);
        Assert.True(await more);
        Assert.Equal(told[0], reading.Current);
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal(told[1], reading.Current);
        Assert.False(await reading.MoveNextAsync());
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.AppendAsync(_id, 1, "two", Token));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.SealAsync(_id, 1, DeltaEnd.Of("done", "one"), Token));
    }

    [Fact]
    public async Task Attempt_that_begins_after_its_reply_was_erased_comes_too_late()
    {
        var log = NewLog();
        Assert.Empty(await log.EraseAsync(_id, _message, 2, DeltaEnd.Of("stopped", ""), Token));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.OpenAsync(_id, _message, 1, "what it said before", Token));
        Assert.True((await log.ReadAsync(_id, StreamPosition.Start, Token))!.IsSealed);
    }

    [Fact]
    public async Task Those_who_have_the_end_of_a_reply_are_not_told_of_its_erasure()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "one", Token);
        await log.SealAsync(_id, 1, DeltaEnd.Of("done", "one"), Token);

        Assert.Empty(await log.EraseAsync(_id, _message, 2, DeltaEnd.Of("done", ""), Token));

        var read = await log.ReadAsync(_id, new StreamPosition(1, 3), Token);
        Assert.Equal("", Assert.IsType<DeltaReset>(read!.Deltas[0]).Text);
        Assert.Equal(0, Assert.IsType<DeltaDone>(read.Deltas[1]).End.Length);
    }

    [Fact]
    public async Task Ended_replies_are_forgotten_after_their_time_and_running_ones_never()
    {
        var log = NewLog();
        await log.OpenAsync(_id, _message, 1, "", Token);
        await log.SealAsync(_id, 1, DeltaEnd.Of("done", ""), Token);
        var running = TypedId.New<GenerationId>(TimeProvider.System);
        await log.OpenAsync(running, _message, 1, "", Token);

        _time.Advance(TimeSpan.FromMinutes(11));
        await log.OpenAsync(TypedId.New<GenerationId>(TimeProvider.System), _message, 1, "", Token);

        Assert.Null(await log.ReadAsync(_id, StreamPosition.Start, Token));
        Assert.NotNull(await log.ReadAsync(running, StreamPosition.Start, Token));
    }

    [Fact]
    public async Task Number_of_logs_is_bounded()
    {
        var log = new MemoryDeltaLog(Options.Create(new RealtimeOptions { MaxDeltaLogs = 10 }), _time);
        for (var i = 0; i < 100; i++)
        {
            var id = TypedId.New<GenerationId>(TimeProvider.System);
            await log.OpenAsync(id, _message, 1, "", Token);
            await log.SealAsync(id, 1, DeltaEnd.Of("done", ""), Token);
        }

        Assert.InRange(log.Count, 1, 11);
    }

    private MemoryDeltaLog NewLog() => new(Options.Create(new RealtimeOptions()), _time);
}
