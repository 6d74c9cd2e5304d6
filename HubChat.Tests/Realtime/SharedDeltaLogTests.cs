using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

public sealed class SharedDeltaLogTests : DeltaLogFacts, IAsyncLifetime
{
    private TwoNodeDeltaLog _log = null!;

    private protected override IDeltaLog Log => _log;

    public async ValueTask InitializeAsync() => _log = await TwoNodeDeltaLog.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
