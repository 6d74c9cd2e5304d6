using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class MemoryDeltaLogEntryTests : DeltaLogEntryFacts
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryDeltaLog _log;

    public MemoryDeltaLogEntryTests() => _log = new(Options.Create(new RealtimeOptions()), _time);

    private protected override IDeltaLog Log => _log;

    private protected override int Runs => 300;

    [Fact]
    public async Task Nobody_waits_for_what_is_forgotten()
    {
        await WriteAsync(epoch: 1, "", "one");
        var waiting = _log.WaitForEntryAsync(Id, 1, 3, Token);
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromMinutes(11));
        await _log.OpenAsync(Of(TypedId.New<GenerationId>(TimeProvider.System)), 1, "", Token);

        await waiting.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await _log.WaitForEntryAsync(Id, 1, 2, Token).WaitAsync(TimeSpan.Zero, Token);
        Assert.Null(await _log.ReadEntriesAsync(Id, 1, 2, 10, Token));
    }
}
