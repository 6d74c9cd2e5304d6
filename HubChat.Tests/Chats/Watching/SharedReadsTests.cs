using HubChat.Server.Chats.Watching;
using Xunit;

namespace HubChat.Tests.Chats.Watching;

public sealed class SharedReadsTests
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();
    private readonly List<TaskCompletionSource<int>> _begun = [];
    private readonly SharedReads<string, int> _reads;

    public SharedReadsTests() => _reads = new SharedReads<string, int>(Apart, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_while_a_read_runs_shares_the_next_one_and_not_that_one()
    {
        var first = ReadAsync();
        await BegunAsync(1);
        var (second, third) = (ReadAsync(), ReadAsync());
        _begun[0].SetResult(1);
        Assert.Equal(1, await first);

        await SecondBeginsAsync();
        _begun[1].SetResult(2);

        Assert.Equal((2, 2), (await second, await third));
    }

    [Fact]
    public async Task Failure_is_told_to_all_who_wait_and_the_next_read_begins_anew()
    {
        var first = ReadAsync();
        await BegunAsync(1);
        _begun[0].SetException(new InvalidDataException());
        await Assert.ThrowsAsync<InvalidDataException>(() => first);

        var second = ReadAsync();
        await SecondBeginsAsync();
        _begun[1].SetResult(2);
        Assert.Equal(2, await second);
    }

    [Fact]
    public async Task Who_waits_no_longer_ends_nobody_elses_wait()
    {
        using var gone = new CancellationTokenSource();
        var first = _reads.ReadAsync("chat", BeginAsync, gone.Token);
        await BegunAsync(1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var second = ReadAsync();

        _begun[0].SetResult(1);
        await SecondBeginsAsync();
        _begun[1].SetResult(2);
        Assert.Equal(2, await second);
    }

    private Task<int> ReadAsync() => _reads.ReadAsync("chat", BeginAsync, Token);

    private Task<int> BeginAsync()
    {
        lock (_begun)
        {
            _begun.Add(new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
            return _begun[^1].Task;
        }
    }

    private Task BegunAsync(int count) => Eventually.HoldsAsync(() => Count() == count, Token);

    /// <summary>Only when its time has come.</summary>
    private async Task SecondBeginsAsync()
    {
        await Eventually.HoldsAsync(() => _time.WaitingTimers == 1, Token);
        Assert.Equal(1, Count());
        _time.Advance(Apart);
        await BegunAsync(2);
    }

    private int Count()
    {
        lock (_begun)
        {
            return _begun.Count;
        }
    }
}
