using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HubChat.Tests.Faults;

/// <summary>A real SignalR server for the tests of the raw clients: Kestrel, WebSockets, one hub.</summary>
internal sealed class RawHubServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _flooded;

    private RawHubServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.Services.AddSignalR(options => options.MaximumReceiveMessageSize = 64 * 1024);
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        // Five seconds by default, in which the server waits for a close frame that a misbehaving client never sends.
        _app.MapHub<RawHub>("/hubs/chat", options => options.WebSockets.CloseTimeout = TimeSpan.FromMilliseconds(200));
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>How many characters the hub has got rid of in <see cref="RawHub.Flood"/>.</summary>
    public long Flooded => Interlocked.Read(ref _flooded);

    public static async Task<RawHubServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new RawHubServer();
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    public void CountFlooded(int characters) => Interlocked.Add(ref _flooded, characters);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
