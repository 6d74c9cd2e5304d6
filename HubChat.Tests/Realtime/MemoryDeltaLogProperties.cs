using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Tests.Realtime;

public sealed class MemoryDeltaLogProperties : DeltaLogProperties
{
    private readonly MemoryDeltaLog _log = new(Options.Create(new RealtimeOptions()), TimeProvider.System);

    private protected override int Runs => 1_000;

    private protected override IDeltaLog Log => _log;

    private protected override void Lose() => _log.Lose();
}
