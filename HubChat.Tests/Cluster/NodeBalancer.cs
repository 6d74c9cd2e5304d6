using System.Net;
using System.Net.Sockets;

namespace HubChat.Tests.Cluster;

/// <summary>What stands before the nodes: each connection goes to the next node that takes it. It knows nothing of HTTP or sessions.</summary>
internal sealed class NodeBalancer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IReadOnlyList<ServerProcess> _nodes;
    private readonly Task _accepting;
    private int _next;

    public NodeBalancer(IReadOnlyList<ServerProcess> nodes)
    {
        _nodes = nodes;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            if (await ConnectAsync() is not { } node)
            {
                return;
            }

            using (node)
            {
                // Whoever ends first ends both.
                await Task.WhenAny(
                    PumpAsync(client.GetStream(), node.GetStream()), PumpAsync(node.GetStream(), client.GetStream()));
            }
        }
    }

    private async Task<TcpClient?> ConnectAsync()
    {
        for (var i = 0; i < _nodes.Count; i++)
        {
            var node = _nodes[(int)((uint)Interlocked.Increment(ref _next) % _nodes.Count)];
            var connection = new TcpClient { NoDelay = true };
            try
            {
                await connection.ConnectAsync(IPAddress.Loopback, node.Address.Port, _stopping.Token);
                return connection;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                connection.Dispose();
            }
        }

        return null;
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to, _stopping.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone, and so is the other in a moment.
        }
    }
}
