using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

/// <summary>What every delta log does, wherever it keeps what it keeps.</summary>
public abstract class DeltaLogFacts : DeltaLogTest
{
    [Fact]
    public async Task Reader_who_waits_for_a_reply_gets_it_from_its_start_to_its_end()
    {
        var log = Log;
        await using var reading = log.FollowAsync(Id, StreamPosition.Start, Token).GetAsyncEnumerator(Token);
        var first = reading.MoveNextAsync();
        Assert.False(first.IsCompleted);

        await log.OpenAsync(Reply, 1, "", Token);
        Assert.True(await first);
        Assert.IsType<DeltaReset>(reading.Current);
        await log.AppendAsync(Id, 1, "one", Token);
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal("one", Assert.IsType<DeltaText>(reading.Current).Text);
        await log.SealAsync(Id, 1, DeltaEnd.Of("done", "one"), Token);
        Assert.True(await reading.MoveNextAsync());
        Assert.IsType<DeltaDone>(reading.Current);
        Assert.False(await reading.MoveNextAsync());
    }

    [Fact]
    public async Task Slow_reader_gets_what_piled_up_as_one_piece()
    {
        var log = Log;
        await log.OpenAsync(Reply, 1, "", Token);
        await log.AppendAsync(Id, 1, "one ", Token);
        await log.AppendAsync(Id, 1, "two ", Token);
        await log.AppendAsync(Id, 1, "three", Token);

        var read = await log.ReadAsync(Id, new StreamPosition(1, 4), Token);

        var text = Assert.IsType<DeltaText>(Assert.Single(read!.Deltas));
        Assert.Equal((4, "two three", 4L), (text.Offset, text.Text, text.Number));
    }

    [Fact]
    public async Task Position_beyond_the_text_is_answered_by_a_reset()
    {
        var log = Log;
        await log.OpenAsync(Reply, 1, "abc", Token);
        var read = await log.ReadAsync(Id, new StreamPosition(1, 4), Token);
        Assert.Equal("abc", Assert.IsType<DeltaReset>(Assert.Single(read!.Deltas)).Text);
    }

    [Fact]
    public async Task Position_inside_a_surrogate_pair_is_answered_by_a_reset()
    {
        var log = Log;
        await log.OpenAsync(Reply, 1, "a😀b", Token);

        Assert.Equal("a😀b", Assert.IsType<DeltaReset>(Assert.Single((await log.ReadAsync(Id, new StreamPosition(1, 2), Token))!.Deltas)).Text);
        Assert.Equal("😀b", Assert.IsType<DeltaText>(Assert.Single((await log.ReadAsync(Id, new StreamPosition(1, 1), Token))!.Deltas)).Text);
        Assert.Equal("b", Assert.IsType<DeltaText>(Assert.Single((await log.ReadAsync(Id, new StreamPosition(1, 3), Token))!.Deltas)).Text);
    }

    [Fact]
    public async Task Erased_reply_ends_for_its_readers_without_text_and_takes_nothing_more()
    {
        var log = Log;
        await log.OpenAsync(Reply, 1, "one", Token);
        await using var reading = log.FollowAsync(Id, StreamPosition.Start, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        var more = reading.MoveNextAsync();

        var told = await log.EraseAsync(Reply, 2, DeltaEnd.Of("stopped", ""), Token);

        Assert.Equal((2, ""), (Assert.IsType<DeltaReset>(told[0]).Epoch, ((DeltaReset)told[0]).Text));
        Assert.Equal("stopped", Assert.IsType<DeltaDone>(told[1]).End.State);
        Assert.True(await more);
        Assert.Equal(told[0], reading.Current);
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal(told[1], reading.Current);
        Assert.False(await reading.MoveNextAsync());
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.AppendAsync(Id, 1, "two", Token));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.SealAsync(Id, 1, DeltaEnd.Of("done", "one"), Token));
    }

    [Fact]
    public async Task Attempt_that_begins_after_its_reply_was_erased_comes_too_late()
    {
        var log = Log;
        Assert.Empty(await log.EraseAsync(Reply, 2, DeltaEnd.Of("stopped", ""), Token));
        await Assert.ThrowsAsync<StaleEpochException>(async () => await log.OpenAsync(Reply, 1, "what it said before", Token));
        Assert.True((await log.ReadAsync(Id, StreamPosition.Start, Token))!.IsSealed);
    }

    [Fact]
    public async Task Those_who_have_the_end_of_a_reply_are_not_told_of_its_erasure()
    {
        var log = Log;
        await log.OpenAsync(Reply, 1, "one", Token);
        await log.SealAsync(Id, 1, DeltaEnd.Of("done", "one"), Token);

        Assert.Empty(await log.EraseAsync(Reply, 2, DeltaEnd.Of("done", ""), Token));

        var read = await log.ReadAsync(Id, new StreamPosition(1, 3), Token);
        Assert.Equal("", Assert.IsType<DeltaReset>(read!.Deltas[0]).Text);
        Assert.Equal(0, Assert.IsType<DeltaDone>(read.Deltas[1]).End.Length);
    }
}
