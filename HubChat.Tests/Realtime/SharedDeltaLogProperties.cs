using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class SharedDeltaLogProperties : DeltaLogProperties, IAsyncLifetime
{
    private TwoNodeDeltaLog _log = null!;

    private protected override IDeltaLog Log => _log;

    private protected override int Runs => 60;

    private protected override void Lose() => _log.Lose();

    public async ValueTask InitializeAsync() => _log = await TwoNodeDeltaLog.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
