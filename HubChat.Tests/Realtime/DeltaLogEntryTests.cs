using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Realtime;

/// <summary>The entries of a reply: what readers of frames number must be the same for all of them, whenever they read.</summary>
public sealed class DeltaLogEntryTests
{
    private static readonly Config Enough = Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(60);
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryDeltaLog _log;
    private readonly GenerationId _id = TypedId.New<GenerationId>(TimeProvider.System);
    private readonly MessageId _message = TypedId.New<MessageId>(TimeProvider.System);

    public DeltaLogEntryTests() => _log = new(Options.Create(new RealtimeOptions()), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_stay_apart_as_they_were_written()
    {
        await WriteAsync(epoch: 1, "begun ", "one ", "two");
        await _log.CloseAsync(_id, 1, "A title", Token);

        var read = await _log.ReadEntriesAsync(_id, 1, afterNumber: 0, max: 100, Token);

        var end = DeltaEnd.Of("done", "begun one two");
        Assert.Equal(
            [
                new DeltaReset(_id, _message, 1, 1, "begun "), new DeltaText(_id, _message, 1, 2, 6, "one "), new DeltaText(_id, _message, 1, 3, 10, "two"),
                new DeltaDone(_id, _message, 1, 4, end), new DeltaClosed(_id, _message, 1, 5, "A title"),
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
                await _log.OpenAsync(id, _message, 1, "", Token);
                var early = new List<Delta>();
                foreach (var piece in pieces)
                {
                    await _log.AppendAsync(id, 1, piece, Token);
                    early.AddRange((await _log.ReadEntriesAsync(id, 1, early.Count, max, Token))!.Entries);
                }

                await _log.SealAsync(id, 1, DeltaEnd.Of("done", string.Concat(pieces)), Token);
                await _log.CloseAsync(id, 1, title: null, Token);
                var (late, whole) = (await ReadAllAsync(id, max), await ReadAllAsync(id, 1_000));

                Assert.Equal(whole, late);
                Assert.Equal(whole.Take(early.Count), early);
                Assert.Equal(Enumerable.Range(1, pieces.Count + 3).Select(number => (long)number), whole.Select(entry => entry.Number));
                Assert.Equal(pieces, whole.OfType<DeltaText>().Select(entry => entry.Text));
            }).Check(Enough);

    [Fact]
    public async Task Other_attempts_have_none()
    {
        Assert.Null(await _log.ReadEntriesAsync(_id, 1, 0, 10, Token));
        await WriteAsync(epoch: 2, "", "one");

        Assert.Null(await _log.ReadEntriesAsync(_id, 1, 0, 10, Token));
        Assert.Null(await _log.ReadEntriesAsync(_id, 3, 0, 10, Token));
        Assert.NotNull(await _log.ReadEntriesAsync(_id, 2, 0, 10, Token));

        await _log.OpenAsync(_id, _message, 3, "", Token);
        Assert.Null(await _log.ReadEntriesAsync(_id, 2, 0, 10, Token));
    }

    [Fact]
    public async Task What_was_erased_was_never_written()
    {
        await WriteAsync(epoch: 1, "", "a secret");
        await _log.CloseAsync(_id, 1, "A secret title", Token);

        await _log.EraseAsync(_id, _message, 2, DeltaEnd.Of("done", ""), Token);

        Assert.Null(await _log.ReadEntriesAsync(_id, 1, 0, 10, Token));
        var read = await _log.ReadEntriesAsync(_id, 2, 0, 10, Token);
        Assert.True(read!.IsClosed);
        Assert.DoesNotContain(read.Entries, entry => entry.ToString().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_is_closed_once_and_after_its_end()
    {
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.CloseAsync(_id, 1, null, Token).AsTask());
        await _log.OpenAsync(_id, _message, 1, "", Token);
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.CloseAsync(_id, 1, null, Token).AsTask());
        await _log.SealAsync(_id, 1, DeltaEnd.Of("done", ""), Token);
        await Assert.ThrowsAsync<StaleEpochException>(() => _log.CloseAsync(_id, 2, null, Token).AsTask());
        Assert.False((await _log.ReadEntriesAsync(_id, 1, 0, 10, Token))!.IsClosed);

        await _log.CloseAsync(_id, 1, "A title", Token);

        await Assert.ThrowsAsync<StaleEpochException>(() => _log.CloseAsync(_id, 1, "Another", Token).AsTask());
        Assert.Equal("A title", Assert.IsType<DeltaClosed>((await _log.ReadEntriesAsync(_id, 1, 2, 10, Token))!.Entries.Single()).Title);
    }

    [Fact]
    public async Task Waiting_ends_with_the_next_entry_whatever_it_is()
    {
        await AssertWakesAsync(1, after: 0, () => _log.OpenAsync(_id, _message, 1, "", Token).AsTask());
        await AssertWakesAsync(1, after: 1, () => _log.AppendAsync(_id, 1, "one", Token).AsTask());
        await AssertWakesAsync(1, after: 2, () => _log.SealAsync(_id, 1, DeltaEnd.Of("done", "one"), Token).AsTask());
        await AssertWakesAsync(1, after: 3, () => _log.CloseAsync(_id, 1, null, Token).AsTask());
        await AssertWakesAsync(1, after: 4, () => _log.OpenAsync(_id, _message, 2, "", Token).AsTask());
        await AssertWakesAsync(2, after: 1, () => _log.EraseAsync(_id, _message, 3, DeltaEnd.Of("done", ""), Token).AsTask());
    }

    [Fact]
    public async Task Nobody_waits_for_what_is_there()
    {
        await WriteAsync(epoch: 2, "", "one");

        await _log.WaitForEntryAsync(_id, 2, 0, Token).WaitAsync(TimeSpan.Zero, Token);
        await _log.WaitForEntryAsync(_id, 2, 1, Token).WaitAsync(TimeSpan.Zero, Token);
        await _log.WaitForEntryAsync(_id, 1, 100, Token).WaitAsync(TimeSpan.Zero, Token);
    }

    [Fact]
    public async Task Nobody_waits_for_what_is_forgotten()
    {
        await WriteAsync(epoch: 1, "", "one");
        var waiting = _log.WaitForEntryAsync(_id, 1, 3, Token);
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromMinutes(11));
        await _log.OpenAsync(TypedId.New<GenerationId>(TimeProvider.System), _message, 1, "", Token);

        await waiting.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await _log.WaitForEntryAsync(_id, 1, 2, Token).WaitAsync(TimeSpan.Zero, Token);
        Assert.Null(await _log.ReadEntriesAsync(_id, 1, 2, 10, Token));
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        using var enough = new CancellationTokenSource();
        var waiting = _log.WaitForEntryAsync(_id, 1, 0, enough.Token);
        Assert.False(waiting.IsCompleted);
        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task AssertWakesAsync(long epoch, long after, Func<Task> write)
    {
        var waiting = _log.WaitForEntryAsync(_id, epoch, after, Token);
        Assert.False(waiting.IsCompleted);
        await write();
        await waiting.WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    private async Task WriteAsync(long epoch, string text, params string[] pieces)
    {
        await _log.OpenAsync(_id, _message, epoch, text, Token);
        foreach (var piece in pieces)
        {
            await _log.AppendAsync(_id, epoch, piece, Token);
        }

        await _log.SealAsync(_id, epoch, DeltaEnd.Of("done", text + string.Concat(pieces)), Token);
    }

    private async Task<List<Delta>> ReadAllAsync(GenerationId id, int max)
    {
        var entries = new List<Delta>();
        while (await _log.ReadEntriesAsync(id, 1, entries.Count, max, Token) is { } read && entries.Count < read.LastNumber)
        {
            Assert.InRange(read.Entries.Count, 1, max);
            entries.AddRange(read.Entries);
        }

        return entries;
    }
}
