using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

/// <summary>The entries of a reply: what readers of frames number must be the same for all of them, whenever they read.</summary>
public abstract class DeltaLogEntryFacts : DeltaLogTest
{
    /// <summary>How many random replies are written and read.</summary>
    private protected abstract int Runs { get; }

    [Fact]
    public async Task Entries_stay_apart_as_they_were_written()
    {
        await WriteAsync(epoch: 1, "begun ", "one ", "two");
        await Log.CloseAsync(Id, 1, "A title", Token);

        var read = await Log.ReadEntriesAsync(Id, 1, afterNumber: 0, max: 100, Token);

        var end = DeltaEnd.Of("done", "begun one two");
        Assert.Equal(
            [
                new DeltaReset(Id, Reply.MessageId, 1, 1, "begun "), new DeltaText(Id, Reply.MessageId, 1, 2, 6, "one "), new DeltaText(Id, Reply.MessageId, 1, 3, 10, "two"),
                new DeltaDone(Id, Reply.MessageId, 1, 4, end), new DeltaClosed(Id, Reply.MessageId, 1, 5, "A title"),
            ],
            read!.Entries);
        Assert.Equal((5L, true), (read.LastNumber, read.IsClosed));
    }

    [Fact]
    public void Every_reader_has_the_same_entries_however_it_reads() =>
        Prop.ForAll(
            Gen.Elements("a", "bc", "😀", "\n").ListOf().ToArbitrary(),
            Gen.Choose(1, 7).ToArbitrary(),
            async (pieces, max) =>
            {
                var id = TypedId.New<GenerationId>(TimeProvider.System);
                await Log.OpenAsync(Of(id), 1, "", Token);
                var early = new List<Delta>();
                foreach (var piece in pieces)
                {
                    await Log.AppendAsync(id, 1, piece, Token);
                    early.AddRange((await Log.ReadEntriesAsync(id, 1, early.Count, max, Token))!.Entries);
                }

                await Log.SealAsync(id, 1, DeltaEnd.Of("done", string.Concat(pieces)), Token);
                await Log.CloseAsync(id, 1, title: null, Token);
                var (late, whole) = (await ReadAllAsync(id, max), await ReadAllAsync(id, 1_000));

                Assert.Equal(whole, late);
                Assert.Equal(whole.Take(early.Count), early);
                Assert.Equal(Enumerable.Range(1, pieces.Count + 3).Select(number => (long)number), whole.Select(entry => entry.Number));
                Assert.Equal(pieces, whole.OfType<DeltaText>().Select(entry => entry.Text));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithEndSize(60));

    [Fact]
    public async Task Other_attempts_have_none()
    {
        Assert.Null(await Log.ReadEntriesAsync(Id, 1, 0, 10, Token));
        await WriteAsync(epoch: 2, "", "one");

        Assert.Null(await Log.ReadEntriesAsync(Id, 1, 0, 10, Token));
        Assert.Null(await Log.ReadEntriesAsync(Id, 3, 0, 10, Token));
        Assert.NotNull(await Log.ReadEntriesAsync(Id, 2, 0, 10, Token));

        await Log.OpenAsync(Reply, 3, "", Token);
        Assert.Null(await Log.ReadEntriesAsync(Id, 2, 0, 10, Token));
    }

    [Fact]
    public async Task What_was_erased_was_never_written()
    {
        await WriteAsync(epoch: 1, "", "a secret");
        await Log.CloseAsync(Id, 1, "A secret title", Token);

        await Log.EraseAsync(Reply, 2, DeltaEnd.Of("done", ""), Token);

        Assert.Null(await Log.ReadEntriesAsync(Id, 1, 0, 10, Token));
        var read = await Log.ReadEntriesAsync(Id, 2, 0, 10, Token);
        Assert.True(read!.IsClosed);
        Assert.DoesNotContain(read.Entries, entry => entry.ToString().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_is_closed_once_and_after_its_end()
    {
        await Assert.ThrowsAsync<StaleEpochException>(() => Log.CloseAsync(Id, 1, null, Token).AsTask());
        await Log.OpenAsync(Reply, 1, "", Token);
        await Assert.ThrowsAsync<StaleEpochException>(() => Log.CloseAsync(Id, 1, null, Token).AsTask());
        await Log.SealAsync(Id, 1, DeltaEnd.Of("done", ""), Token);
        await Assert.ThrowsAsync<StaleEpochException>(() => Log.CloseAsync(Id, 2, null, Token).AsTask());
        Assert.False((await Log.ReadEntriesAsync(Id, 1, 0, 10, Token))!.IsClosed);

        await Log.CloseAsync(Id, 1, "A title", Token);

        await Assert.ThrowsAsync<StaleEpochException>(() => Log.CloseAsync(Id, 1, "Another", Token).AsTask());
        Assert.Equal("A title", Assert.IsType<DeltaClosed>((await Log.ReadEntriesAsync(Id, 1, 2, 10, Token))!.Entries.Single()).Title);
    }

    [Fact]
    public async Task Waiting_ends_with_the_next_entry_whatever_it_is()
    {
        await AssertWakesAsync(1, after: 0, () => Log.OpenAsync(Reply, 1, "", Token).AsTask());
        await AssertWakesAsync(1, after: 1, () => Log.AppendAsync(Id, 1, "one", Token).AsTask());
        await AssertWakesAsync(1, after: 2, () => Log.SealAsync(Id, 1, DeltaEnd.Of("done", "one"), Token).AsTask());
        await AssertWakesAsync(1, after: 3, () => Log.CloseAsync(Id, 1, null, Token).AsTask());
        await AssertWakesAsync(1, after: 4, () => Log.OpenAsync(Reply, 2, "", Token).AsTask());
        await AssertWakesAsync(2, after: 1, () => Log.EraseAsync(Reply, 3, DeltaEnd.Of("done", ""), Token).AsTask());
    }

    [Fact]
    public async Task Nobody_waits_for_what_is_there()
    {
        await WriteAsync(epoch: 2, "", "one");

        await Log.WaitForEntryAsync(Id, 2, 0, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        await Log.WaitForEntryAsync(Id, 2, 1, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        await Log.WaitForEntryAsync(Id, 1, 100, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        using var enough = new CancellationTokenSource();
        var waiting = Log.WaitForEntryAsync(Id, 1, 0, enough.Token);
        Assert.False(waiting.IsCompleted);
        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task AssertWakesAsync(long epoch, long after, Func<Task> write)
    {
        var waiting = Log.WaitForEntryAsync(Id, epoch, after, Token);
        Assert.False(waiting.IsCompleted);
        await write();
        await waiting.WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    private protected async Task WriteAsync(long epoch, string text, params string[] pieces)
    {
        await Log.OpenAsync(Reply, epoch, text, Token);
        foreach (var piece in pieces)
        {
            await Log.AppendAsync(Id, epoch, piece, Token);
        }

        await Log.SealAsync(Id, epoch, DeltaEnd.Of("done", text + string.Concat(pieces)), Token);
    }

    private async Task<List<Delta>> ReadAllAsync(GenerationId id, int max)
    {
        var entries = new List<Delta>();
        while (await Log.ReadEntriesAsync(id, 1, entries.Count, max, Token) is { } read && entries.Count < read.LastNumber)
        {
            Assert.InRange(read.Entries.Count, 1, max);
            entries.AddRange(read.Entries);
        }

        return entries;
    }
}
