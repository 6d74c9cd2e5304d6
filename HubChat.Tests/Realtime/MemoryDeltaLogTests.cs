using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class MemoryDeltaLogTests : DeltaLogFacts
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryDeltaLog _log;

    public MemoryDeltaLogTests() => _log = new(Options.Create(new RealtimeOptions()), _time);

    private protected override IDeltaLog Log => _log;

    [Fact]
    public async Task Ended_replies_are_forgotten_after_their_time_and_running_ones_never()
    {
        await _log.OpenAsync(Reply, 1, "", Token);
        await _log.SealAsync(Id, 1, DeltaEnd.Of("done", ""), Token);
        var running = TypedId.New<GenerationId>(TimeProvider.System);
        await _log.OpenAsync(Of(running), 1, "", Token);

        _time.Advance(TimeSpan.FromMinutes(11));
        await _log.OpenAsync(Of(TypedId.New<GenerationId>(TimeProvider.System)), 1, "", Token);

        Assert.Null(await _log.ReadAsync(Id, StreamPosition.Start, Token));
        Assert.NotNull(await _log.ReadAsync(running, StreamPosition.Start, Token));
    }

    [Fact]
    public async Task Number_of_logs_is_bounded()
    {
        var log = new MemoryDeltaLog(Options.Create(new RealtimeOptions { MaxDeltaLogs = 10 }), _time);
        for (var i = 0; i < 100; i++)
        {
            var id = TypedId.New<GenerationId>(TimeProvider.System);
            await log.OpenAsync(Of(id), 1, "", Token);
            await log.SealAsync(id, 1, DeltaEnd.Of("done", ""), Token);
        }

        Assert.InRange(log.Count, 1, 11);
    }
}
