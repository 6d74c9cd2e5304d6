using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HubChat.Tests.Page;

/// <summary>A line between browser and server that can be cut: it passes bytes on, and resets every connection when told to.</summary>
internal sealed class SocketCutter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _sockets = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Uri _target;
    private readonly Task _accepting;

    public SocketCutter(Uri target)
    {
        _target = target;
        _listener.Start();
        Address = new UriBuilder(target) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Resets all connections at once, as a dying router does: no goodbye on any of them.</summary>
    public void Cut()
    {
        foreach (var socket in _sockets.Keys)
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It ended by itself in this moment.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                passing.Add(PassAsync(await _listener.AcceptSocketAsync(_closing.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            Cut();
        }

        await Task.WhenAll(passing);
    }

    private async Task PassAsync(Socket browser)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        browser.NoDelay = true;
        _sockets[browser] = 0;
        _sockets[server] = 0;
        try
        {
            await server.ConnectAsync(_target.Host, _target.Port, _closing.Token);
            await Task.WhenAny(CopyAsync(browser, server), CopyAsync(server, browser));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side went away; below the other one follows.
        }
        finally
        {
            _sockets.TryRemove(browser, out _);
            _sockets.TryRemove(server, out _);
            browser.Dispose();
            server.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (var read = 1; read > 0;)
            {
                read = await from.ReceiveAsync(buffer, _closing.Token);
                await to.SendAsync(buffer.AsMemory(0, read), _closing.Token);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A cut line ends here; the page has to cope with it, not this class.
        }
    }
}
