using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace HubChat.Tests.Faults;

/// <summary>
/// A WebSocket client on a bare socket that may misbehave. Nothing reads in the background: who does not call
/// <see cref="ReceiveAsync"/> is a reader that has stopped.
/// </summary>
internal sealed class RawWebSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawWebSocket()
    {
    }

    /// <summary>How fast this client reads; none is as fast as it can.</summary>
    public int? ReadBytesPerSecond { get; set; }

    public long ReceivedBytes { get; private set; }

    /// <summary>The headers with which the server opened it.</summary>
    public string Answer { get; private set; } = "";

    /// <param name="address">An <c>http</c> or <c>ws</c> address on a loopback number, with path and query.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="receiveBuffer">The kernel's receive buffer: a small one lets a server feel a stopped reader soon.</param>
    /// <param name="headers">Further headers, such as <c>Authorization</c> or <c>Origin</c>.</param>
    public static async Task<RawWebSocket> ConnectAsync(
        Uri address,
        CancellationToken cancellationToken,
        int? receiveBuffer = null,
        IReadOnlyDictionary<string, string>? headers = null)
    {
        var client = new RawWebSocket();
        try
        {
            if (receiveBuffer is { } size)
            {
                // Before the connect: the window is agreed on there.
                client._socket.ReceiveBufferSize = size;
            }

            await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address.Host), address.Port), cancellationToken);
            await client.UpgradeAsync(address, headers ?? new Dictionary<string, string>(), cancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public Task SendTextAsync(string text, CancellationToken cancellationToken) =>
        SendFrameAsync(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text), cancellationToken);

    public Task SendFrameAsync(
        WebSocketOpcode opcode, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken, bool isFinal = true, bool masked = true) =>
        SendRawAsync(WebSocketFrames.Encode(opcode, payload.Span, isFinal, masked), cancellationToken);

    /// <summary>One frame that announces a length and sends as much as the server takes of it.</summary>
    /// <returns>How many bytes of the payload were sent until the server closed, or all.</returns>
    public Task<long> SendHugeFrameAsync(long length, CancellationToken cancellationToken) =>
        FloodAsync(WebSocketFrames.Header(WebSocketOpcode.Text, length, isFinal: true, masked: true), length, cancellationToken);

    /// <summary>A frame without end: it announces the greatest length there is and goes on until the server closes.</summary>
    public Task<long> SendEndlessFrameAsync(CancellationToken cancellationToken) => SendHugeFrameAsync(long.MaxValue, cancellationToken);

    /// <summary>A message without end: small frames, none of them the last, until the server closes.</summary>
    public async Task<long> SendEndlessMessageAsync(CancellationToken cancellationToken)
    {
        var payload = new byte[4096];
        Array.Fill(payload, (byte)' ');
        var sent = 0L;
        try
        {
            for (var opcode = WebSocketOpcode.Text; ; opcode = WebSocketOpcode.Continuation)
            {
                await SendFrameAsync(opcode, payload, cancellationToken, isFinal: false);
                sent += payload.Length;
            }
        }
        catch (SocketException)
        {
            return sent;
        }
    }

    /// <summary>Any bytes: half a header, a wrong length, no WebSocket at all.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <returns>The next frame; nothing when the server has closed or reset the connection.</returns>
    public async Task<WebSocketFrame?> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var head = await ReadAsync(2, cancellationToken);
            var length = (head[1] & 0x7F) switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2, cancellationToken)),
                127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8, cancellationToken)),
                var small => small,
            };
            var payload = await ReadAsync(length, cancellationToken);
            return new WebSocketFrame((head[0] & 0x80) != 0, (WebSocketOpcode)(head[0] & 0x0F), payload);
        }
        catch (Exception ended) when (ended is EndOfStreamException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Reads and forgets until the connection ends.</summary>
    /// <returns>The close frame, or nothing when the connection ended without one.</returns>
    public async Task<WebSocketFrame?> ReceiveUntilClosedAsync(CancellationToken cancellationToken)
    {
        WebSocketFrame? close = null;
        while (await ReceiveAsync(cancellationToken) is { } frame)
        {
            close = frame.Opcode == WebSocketOpcode.Close ? frame : close;
        }

        return close;
    }

    /// <summary>Vanishes with a TCP reset, as a crashed machine does.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<long> FloodAsync(byte[] header, long length, CancellationToken cancellationToken)
    {
        var sent = 0L;
        try
        {
            await SendRawAsync(header, cancellationToken);
            var block = new byte[16 * 1024];
            Array.Fill(block, (byte)' ');
            while (sent < length)
            {
                sent += await _socket.SendAsync(block.AsMemory(0, (int)Math.Min(block.Length, length - sent)), cancellationToken);
            }
        }
        catch (SocketException)
        {
            // The server has had enough.
        }

        return sent;
    }

    private async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var buffer = new byte[count];
        for (var done = 0; done < count;)
        {
            var most = ReadBytesPerSecond is { } rate ? Math.Max(1, rate / 50) : count;
            var read = await _socket.ReceiveAsync(buffer.AsMemory(done, Math.Min(most, count - done)), cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            done += read;
            ReceivedBytes += read;
            if (ReadBytesPerSecond is { } pace)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / pace), cancellationToken);
            }
        }

        return buffer;
    }

    private async Task UpgradeAsync(Uri address, IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var request = new StringBuilder($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\n")
            .Append($"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n");
        foreach (var (name, value) in headers)
        {
            request.Append($"{name}: {value}\r\n");
        }

        await SendRawAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), cancellationToken);

        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            // Byte by byte: what follows the empty line belongs to the first frame.
            answer.Append((char)(await ReadAsync(1, cancellationToken))[0]);
        }

        if (!answer.ToString().StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            throw new HttpRequestException($"The server did not open a WebSocket: {answer}");
        }

        Answer = answer.ToString();
    }
}
