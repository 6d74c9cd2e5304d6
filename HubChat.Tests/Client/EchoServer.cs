using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HubChat.Tests.Client;

/// <summary>A small Kestrel: <c>/hub</c> (and <c>/hubs/chat</c>) is a SignalR hub that echoes, <c>/raw</c> a WebSocket that does what its messages say.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource<WebSocketCloseStatus?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EchoServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());
    public Uri Hub => new($"{_app.Urls.Single()}/hub");
    public Uri Raw => new($"{_app.Urls.Single()}/raw");

    /// <summary>How the client of <c>/raw</c> closed; null when it vanished without a close frame.</summary>
    public Task<WebSocketCloseStatus?> Closed => _closed.Task;
    public string? Authorization { get; private set; }

    public static async Task<EchoServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalR();
        var app = builder.Build();
        var server = new EchoServer(app);
        app.UseWebSockets();
        app.MapHub<EchoHub>("/hub");
        app.MapHub<EchoHub>("/hubs/chat");
        app.Map("/raw", server.ServeAsync);
        app.Map("/refused", () => Results.StatusCode(401));
        await app.StartAsync(cancellationToken);
        return server;
    }

    public Uri At(string path) => new($"{_app.Urls.Single()}{path}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Authorization = context.Request.Headers.Authorization;
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                var said = Encoding.UTF8.GetString(buffer, 0, received.Count);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                    break;
                }
                else if (said == "refuse")
                {
                    await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, "no", context.RequestAborted);
                    break;
                }
                else if (said == "vanish")
                {
                    context.Abort();
                    break;
                }

                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }

            _closed.TrySetResult(socket.CloseStatus);
        }
        catch (WebSocketException)
        {
            _closed.TrySetResult(null);
        }
        catch (OperationCanceledException)
        {
            _closed.TrySetResult(null);
        }
    }

    internal sealed class EchoHub : Hub
    {
        public Task<string> Echo(string text) => Task.FromResult(text).WaitAsync(Context.ConnectionAborted);

        public async IAsyncEnumerable<int> Count(int to)
        {
            for (var number = 1; number <= to; number++)
            {
                await Task.CompletedTask.WaitAsync(Context.ConnectionAborted);
                yield return number;
            }
        }

        public void Drop() => Context.Abort();

        public Task Drain() => Clients.Caller.SendAsync("Reconnect", 1);

        public async Task EndSession()
        {
            await Clients.Caller.SendAsync("SessionEnded", "revoked");
            Context.Abort();
        }

        public Task Refuse() => Task.FromException(new HubException("text_too_long: A message may hold 32000 characters,\nthis one holds more."))
            .WaitAsync(Context.ConnectionAborted);
    }
}
