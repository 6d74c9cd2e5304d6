using System.Runtime.InteropServices;
using HubChat.Server.Diagnostics;
using HubChat.Server.Endpoints.Hubs;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>
/// Stopping in order: no new replies and not ready any more, clients asked to move, then the host stops and gives running replies
/// back. The signal is taken here because the host would close every connection before anybody had been told.
/// </summary>
internal sealed partial class DrainingLifetime(
    ServerState server, IServiceProvider services, IHostApplicationLifetime application, IOptions<HostingOptions> options, TimeProvider time,
    ILogger<DrainingLifetime> logger) : IHostLifetime, IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private readonly List<PosixSignalRegistration> _signals = [];
    private Task _drain = Task.CompletedTask;
    private int _asked;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _drain.WaitAsync(cancellationToken);

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _asked) == 1)
        {
            _drain = DrainAsync();
        }
        else
        {
            // Asked twice: whoever sits at the console does not want to wait.
            application.StopApplication();
        }
    }

    private async Task DrainAsync()
    {
        // Not in the constructor: the host makes its lifetime before the options have been checked.
        var connections = services.GetRequiredService<ChatConnections>();
        server.Drain();
        var startedAt = time.GetTimestamp();
        var drainFor = options.Value.DrainFor;
        LogDraining(connections.All.Count, drainFor);
        var told = new HashSet<ChatConnection>();
        var left = drainFor;
        do
        {
            // Among them those that were being made when the signal came.
            foreach (var connection in connections.All.Where(told.Add))
            {
                // Spread out, so that the next server is not met by all of them at once.
                connection.Tell(new ReconnectNotice(left * Random.Shared.NextDouble()));
            }

            await Task.Delay(left < LookInterval ? left : LookInterval, time);
            left = drainFor - time.GetElapsedTime(startedAt);
        }
        while (connections.All.Count > 0 && left > TimeSpan.Zero && !application.ApplicationStopping.IsCancellationRequested);

        application.StopApplication();
    }

    [LoggerMessage(LogLevel.Information, "Stopping: {Count} hub connections are asked to move within {DrainFor}")]
    private partial void LogDraining(int count, TimeSpan drainFor);
}
