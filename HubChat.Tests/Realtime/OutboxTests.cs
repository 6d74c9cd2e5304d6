using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class OutboxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Idle_outbox_writes_on_the_thread_that_offers()
    {
        var outbox = new TestOutbox(new RealtimeOptions());
        outbox.Offer(outbox, new Item(1));
        Assert.Equal([1], outbox.Written);
        await outbox.WhenDrained();
    }

    [Fact]
    public async Task Items_that_come_during_a_write_follow_in_order()
    {
        var outbox = new TestOutbox(new RealtimeOptions()) { Gate = new TaskCompletionSource() };
        for (var i = 1; i <= 100; i++)
        {
            outbox.Offer(outbox, new Item(i));
        }

        Assert.Equal([1], outbox.Written);
        outbox.Gate.SetResult();
        await Eventually.HoldsAsync(() => outbox.Written.Count == 100, Token);
        Assert.Equal(Enumerable.Range(1, 100), outbox.Written);
    }

    [Fact]
    public async Task Over_the_bound_of_entries_the_source_reads_anew()
    {
        var outbox = new TestOutbox(new RealtimeOptions { OutboxEntries = 10 }) { Gate = new TaskCompletionSource() };
        for (var i = 1; i <= 50; i++)
        {
            outbox.Offer(outbox, new Item(i));
        }

        Assert.Equal(0, outbox.WaitingBytes);
        outbox.Gate.SetResult();
        await Eventually.HoldsAsync(() => outbox.Written.Contains(TestOutbox.CaughtUp), Token);
        Assert.Equal([1, TestOutbox.CaughtUp], outbox.Written);
    }

    [Fact]
    public async Task Over_the_bound_of_bytes_the_source_reads_anew()
    {
        var outbox = new TestOutbox(new RealtimeOptions { OutboxBytes = 1_024 }) { Gate = new TaskCompletionSource() };
        for (var i = 1; i <= 5; i++)
        {
            outbox.Offer(outbox, new Item(i, Bytes: 400));
            Assert.InRange(outbox.WaitingBytes, 0, 1_024);
        }

        outbox.Gate.SetResult();
        await Eventually.HoldsAsync(() => outbox.Written.Contains(TestOutbox.CaughtUp), Token);
    }

    [Fact]
    public async Task Reader_that_falls_behind_all_the_time_is_closed()
    {
        var outbox = new TestOutbox(new RealtimeOptions { OutboxEntries = 2, MaxResyncs = 3 });
        for (var round = 0; round < 10 && !outbox.IsClosed; round++)
        {
            outbox.Gate = new TaskCompletionSource();
            for (var i = 0; i < 10; i++)
            {
                outbox.Offer(outbox, new Item(i));
            }

            outbox.Gate.SetResult();
            await Eventually.HoldsAsync(() => outbox.IsClosed || outbox.IsIdle, Token);
        }

        Assert.True(outbox.IsClosed);
        Assert.NotNull(outbox.AbortedBecause);
    }

    [Fact]
    public async Task Failing_write_closes_and_is_not_thrown_at_who_offers()
    {
        var outbox = new TestOutbox(new RealtimeOptions()) { Gate = new TaskCompletionSource() };
        outbox.Offer(outbox, new Item(1));
        outbox.Gate.SetException(new IOException("gone"));
        await Eventually.HoldsAsync(() => outbox.IsClosed, Token);
        outbox.Offer(outbox, new Item(2));
        Assert.Equal([1], outbox.Written);
    }

    [Fact]
    public async Task Write_that_throws_at_once_closes_this_outbox_and_nothing_else()
    {
        var outbox = new TestOutbox(new RealtimeOptions()) { Throws = true };
        outbox.Offer(outbox, new Item(1));
        await Eventually.HoldsAsync(() => outbox.IsClosed, Token);
        Assert.NotNull(outbox.AbortedBecause);
    }

    [Fact]
    public async Task Pending_time_is_that_of_the_unfinished_write()
    {
        var time = new ManualTimeProvider();
        var outbox = new TestOutbox(new RealtimeOptions(), time) { Gate = new TaskCompletionSource() };
        outbox.Offer(outbox, new Item(1));
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return outbox.PendingFor >= TimeSpan.FromSeconds(5);
            },
            Token);
        outbox.Gate.SetResult();
        await Eventually.HoldsAsync(() => outbox.PendingFor == TimeSpan.Zero, Token);
    }

    private sealed class Item(int number, int Bytes = 10) : OutboxItem
    {
        public int Number { get; } = number;

        public override int Size { get; } = Bytes;
    }

    private sealed class TestOutbox(RealtimeOptions options, TimeProvider? time = null) : Outbox(options, time ?? TimeProvider.System), IOutboxSource
    {
        public const int CaughtUp = -1;
        private readonly List<int> _written = [];

        public TaskCompletionSource? Gate { get; set; }

        public bool Throws { get; init; }

        public string? AbortedBecause { get; private set; }

        public bool IsIdle => WhenDrained().IsCompleted;

        public IReadOnlyList<int> Written
        {
            get
            {
                lock (_written)
                {
                    return [.. _written];
                }
            }
        }

        public OutboxItem? Admit(OutboxItem item, out bool isBehind)
        {
            isBehind = false;
            return item;
        }

        public Task<OutboxItem?> CatchUpAsync(CancellationToken cancellationToken) => Task.FromResult<OutboxItem?>(new Item(CaughtUp));

        protected override Task WriteAsync(OutboxItem item, CancellationToken cancellationToken)
        {
            lock (_written)
            {
                _written.Add(((Item)item).Number);
            }

            return Throws ? throw new InvalidOperationException("cannot be encoded") : Gate?.Task ?? Task.CompletedTask;
        }

        protected override void Abort(string reason) => AbortedBecause = reason;

        protected override void OnFailed(Exception exception)
        {
        }
    }
}
