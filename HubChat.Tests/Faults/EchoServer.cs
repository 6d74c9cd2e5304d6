using System.Net;
using System.Net.Sockets;

namespace HubChat.Tests.Faults;

/// <summary>What the tests of the proxy talk to: it sends back what it gets, or keeps sending by itself.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly List<Task> _running = [];
    private readonly Task _accepting;
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private long _sent;

    private EchoServer(Func<EchoServer, Socket, CancellationToken, Task> serve)
    {
        _serve = (socket, cancellationToken) => serve(this, socket, cancellationToken);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public long SentBytes => Interlocked.Read(ref _sent);

    public static EchoServer Start() => new(static (server, socket, cancellationToken) => server.EchoAsync(socket, cancellationToken));

    public static EchoServer StartFlood() => new(static (server, socket, cancellationToken) => server.FloodAsync(socket, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (!_ended.IsCancellationRequested)
        {
            await _ended.CancelAsync();
            await _accepting;
            await Task.WhenAll(_running);
            _listener.Dispose();
            _ended.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_ended.Token);
                _running.Add(ServeAsync(socket));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await _serve(socket, _ended.Token);
            }
            catch (Exception ended) when (ended is SocketException or OperationCanceledException)
            {
            }
        }
    }

    private async Task EchoAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, cancellationToken) is > 0 and var count)
        {
            await SendAsync(socket, buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private async Task FloodAsync(Socket socket, CancellationToken cancellationToken)
    {
        socket.SendBufferSize = 16 * 1024;
        var block = new byte[4096];
        while (!cancellationToken.IsCancellationRequested)
        {
            await SendAsync(socket, block, cancellationToken);
        }
    }

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Interlocked.Add(ref _sent, await socket.SendAsync(bytes, cancellationToken));
}
