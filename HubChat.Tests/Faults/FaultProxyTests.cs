using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace HubChat.Tests.Faults;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private readonly EchoServer _echo = EchoServer.Start();
    private readonly FaultProxy _proxy;

    public FaultProxyTests() => _proxy = FaultProxy.Start(_echo.EndPoint);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _echo.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_pass_unchanged_both_ways()
    {
        using var client = await ConnectAsync();
        var sent = new byte[200_000];
        new Random(7).NextBytes(sent);

        var sending = SendAllAsync(client, sent);
        var received = await ReceiveAsync(client, sent.Length);
        await sending;

        Assert.Equal(sent, received);

        // A byte is counted after it has passed: the client may be faster.
        await Eventually.HoldsAsync(() => (_proxy.BytesToServer, _proxy.BytesToClient) == (sent.Length, sent.Length), Cancelled);
    }

    [Fact]
    public async Task Orderly_end_passes_through()
    {
        using var client = await ConnectAsync();
        await SendAllAsync(client, "bye"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("bye", Encoding.ASCII.GetString(await ReceiveToEndAsync(client)));
        await Eventually.HoldsAsync(() => _proxy.OpenConnections == 0, Cancelled);
    }

    [Fact]
    public async Task Delay_holds_bytes_back_and_keeps_their_order()
    {
        _proxy.ToClient = new LinkFaults { Delay = TimeSpan.FromMilliseconds(200), Jitter = TimeSpan.FromMilliseconds(50) };
        using var client = await ConnectAsync();
        var watch = Stopwatch.StartNew();

        foreach (var letter in "order")
        {
            await SendAllAsync(client, new[] { (byte)letter });
        }

        Assert.Equal("order", Encoding.ASCII.GetString(await ReceiveAsync(client, 5)));
        Assert.InRange(watch.ElapsedMilliseconds, 200, 5_000);
    }

    [Fact]
    public async Task Rate_is_kept()
    {
        _proxy.ToClient = new LinkFaults { BytesPerSecond = 20_000 };
        using var client = await ConnectAsync();
        var watch = Stopwatch.StartNew();

        await SendAllAsync(client, new byte[10_000]);
        await ReceiveAsync(client, 10_000);

        Assert.InRange(watch.ElapsedMilliseconds, 400, 10_000);
    }

    [Fact]
    public async Task Stalled_direction_passes_nothing_and_loses_nothing()
    {
        using var client = await ConnectAsync();
        _proxy.ToClient = new LinkFaults { Stalled = true };

        await SendAllAsync(client, "held"u8.ToArray());
        await Eventually.HoldsAsync(() => _echo.SentBytes == 4, Cancelled);
        Assert.Equal(0, _proxy.BytesToClient);
        Assert.Equal(1, _proxy.OpenConnections);
        _proxy.Heal();

        Assert.Equal("held", Encoding.ASCII.GetString(await ReceiveAsync(client, 4)));
    }

    [Fact]
    public async Task Sender_feels_a_stall_soon()
    {
        await using var flood = EchoServer.StartFlood();
        await using var proxy = FaultProxy.Start(flood.EndPoint);
        proxy.ToClient = new LinkFaults { Stalled = true };
        using var client = await ConnectAsync(proxy.EndPoint);

        var before = -1L;
        await Eventually.HoldsAsync(() => flood.SentBytes > 0 && before == (before = flood.SentBytes), Cancelled);

        Assert.InRange(flood.SentBytes, 1, 1_000_000);
    }

    [Fact]
    public async Task Connection_is_cut_after_so_many_bytes()
    {
        using var client = await ConnectAsync();
        await SendAllAsync(client, "before"u8.ToArray());
        await ReceiveAsync(client, 6);
        _proxy.ToClient = new LinkFaults { CutAfter = 4 };

        await SendAllAsync(client, "answer"u8.ToArray());

        Assert.Equal("answ", Encoding.ASCII.GetString(await ReceiveToEndAsync(client)));
    }

    [Fact]
    public async Task Slices_arrive_one_by_one()
    {
        _proxy.ToClient = new LinkFaults { SliceSize = 1, SlicePause = TimeSpan.FromMilliseconds(20) };
        using var client = await ConnectAsync();
        await SendAllAsync(client, "abc"u8.ToArray());

        var first = new byte[16];
        Assert.Equal(1, await client.ReceiveAsync(first, Cancelled));
        Assert.Equal("bc", Encoding.ASCII.GetString(await ReceiveAsync(client, 2)));
    }

    [Fact]
    public async Task Reset_reaches_the_client_as_a_reset()
    {
        using var client = await ConnectAsync();
        await SendAllAsync(client, "x"u8.ToArray());
        await ReceiveAsync(client, 1);

        _proxy.Reset();

        var failure = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], Cancelled));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        await Eventually.HoldsAsync(() => _proxy.OpenConnections == 0, Cancelled);
    }

    [Fact]
    public async Task Refused_connections_are_taken_again_on_the_same_port()
    {
        var address = _proxy.EndPoint;
        using var open = await ConnectAsync();

        _proxy.Refuse();
        var failure = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync());
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
        await _proxy.AcceptAsync(Cancelled);

        Assert.Equal(address, _proxy.EndPoint);
        using var again = await ConnectAsync();
        await SendAllAsync(again, "x"u8.ToArray());
        await ReceiveAsync(again, 1);
    }

    [Fact]
    public async Task Blackhole_accepts_and_never_answers()
    {
        _proxy.Blackhole = true;
        using var client = await ConnectAsync();
        await SendAllAsync(client, "anyone"u8.ToArray());
        await Eventually.HoldsAsync(() => _proxy.OpenConnections == 1, Cancelled);
        _proxy.Heal();

        // The healed proxy answers a new connection while the old one still hears nothing.
        using var other = await ConnectAsync();
        await SendAllAsync(other, "x"u8.ToArray());
        await ReceiveAsync(other, 1);
        Assert.Equal(0, client.Available);
        Assert.Equal(2, _proxy.OpenConnections);
    }

    [Fact]
    public async Task Unreachable_target_closes_the_client()
    {
        await _echo.DisposeAsync();
        using var client = await ConnectAsync();

        Assert.Empty(await ReceiveToEndAsync(client));
    }

    [Fact]
    public async Task Disposed_proxy_has_closed_everything()
    {
        var proxy = FaultProxy.Start(_echo.EndPoint);
        proxy.ToClient = new LinkFaults { Stalled = true };
        using var client = await ConnectAsync(proxy.EndPoint);
        await Eventually.HoldsAsync(() => proxy.OpenConnections == 1, Cancelled);

        await proxy.DisposeAsync();

        Assert.Equal(0, proxy.OpenConnections);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(proxy.EndPoint));
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, Cancelled);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, Cancelled)..];
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        using var stream = new NetworkStream(socket);
        var buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer, Cancelled);
        return buffer;
    }

    private static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        var all = new List<byte>();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, Cancelled) is > 0 and var count)
        {
            all.AddRange(buffer[..count]);
        }

        return [.. all];
    }

    private Task<Socket> ConnectAsync() => ConnectAsync(_proxy.EndPoint);
}
