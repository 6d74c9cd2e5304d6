using System.Net;
using System.Net.Sockets;

namespace HubChat.Tests.Faults;

/// <summary>One connection through a <see cref="FaultProxy"/>: the client's socket and the one to the server.</summary>
internal sealed class FaultConnection(Socket client, FaultLink toServer, FaultLink toClient, int seed, int socketBuffer) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveBufferSize = socketBuffer,
        SendBufferSize = socketBuffer,
        NoDelay = true,
    };

    /// <param name="target">Where it goes; none for a connection that is never answered.</param>
    public async Task RunAsync(IPEndPoint? target)
    {
        try
        {
            client.NoDelay = true;
            if (target is null)
            {
                await Task.Delay(Timeout.Infinite, _ended.Token);
                return;
            }

            await _server.ConnectAsync(target, _ended.Token);
            await PumpAsync();
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            Dispose();
        }
    }

    public void Reset()
    {
        Abort(client);
        Abort(_server);
        _ended.Cancel();
    }

    // The source has no timer: it needs no disposal, and a late reset may still cancel it.
    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _ended.Cancel();
    }

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }

        socket.Dispose();
    }

    private async Task PumpAsync()
    {
        await Task.WhenAll(
            OneWayAsync(new FaultPump(client, _server, toServer, new Random(seed))),
            OneWayAsync(new FaultPump(_server, client, toClient, new Random(seed + 1))));
    }

    // An orderly end closes its own direction only; anything else ends the connection.
    private async Task OneWayAsync(FaultPump pump)
    {
        if (!await pump.RunAsync(_ended.Token))
        {
            await _ended.CancelAsync();
        }
    }
}
