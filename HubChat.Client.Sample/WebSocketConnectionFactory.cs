using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace HubChat.Client.Sample;

/// <summary>
/// Opens SignalR connections over a WebSocket: what <c>Microsoft.AspNetCore.SignalR.Client.Core</c> leaves to its user.
/// </summary>
/// <param name="token">
/// Gives the session token, or null to connect without one. Asked again for every connection, so that a reconnecting
/// client may give a fresher one.
/// </param>
/// <param name="format">Whether the hub protocol is text (JSON) or binary.</param>
/// <remarks>
/// The WebSocket is opened at once, without the negotiate request: that saves a round trip, needs no sticky sessions, and
/// lets the token travel in the <c>Authorization</c> header instead of the query string, where servers would log it.
/// </remarks>
public sealed class WebSocketConnectionFactory(
    Func<CancellationToken, Task<string?>> token, TransferFormat format = TransferFormat.Text) : IConnectionFactory
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The largest message the server may send, in bytes; a larger one ends the connection.</summary>
    public long MaximumMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Connects to the hub at <paramref name="endpoint"/>, a <see cref="UriEndPoint"/> with its http or https address.</summary>
    /// <exception cref="HttpRequestException">
    /// The server cannot be reached, or refused: then <see cref="HttpRequestException.StatusCode"/> says how.
    /// </exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not UriEndPoint { Uri: var address })
        {
            throw new ArgumentException("A hub is found by its address: give a UriEndPoint.", nameof(endpoint));
        }

        var bearer = await token(cancellationToken);
        var socket = new ClientWebSocket();
        try
        {
            // SignalR pings by itself, in both directions.
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            socket.Options.CollectHttpResponseDetails = true;
            if (bearer is not null)
            {
                socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer}");
            }

            await socket.ConnectAsync(WebSocketAddress(address), cancellationToken);
            return new Connection(socket, endpoint, format, MaximumMessageBytes);
        }
        catch (WebSocketException exception)
        {
            HttpStatusCode? status = socket.HttpStatusCode == 0 ? null : socket.HttpStatusCode;
            socket.Dispose();
            throw new HttpRequestException(
                status is null ? $"{address} cannot be reached." : $"{address} refused the connection ({(int)status} {status}).", exception, status);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Uri WebSocketAddress(Uri address) =>
        new UriBuilder(address) { Scheme = address.Scheme is "https" or "wss" ? "wss" : "ws" }.Uri;

    /// <summary>Two pipes and the two loops between them and the socket.</summary>
    private sealed class Connection : ConnectionContext
    {
        private readonly ClientWebSocket _socket;
        private readonly WebSocketMessageType _messageType;
        private readonly long _maximumMessageBytes;
        private readonly CancellationTokenSource _closed = new();
        // A pipe stops its writer at 64 KiB that nobody has looked at: a slow reader slows the server down, not this process.
        private readonly Pipe _incoming = new(new PipeOptions(useSynchronizationContext: false));
        private readonly Pipe _outgoing = new(new PipeOptions(useSynchronizationContext: false));
        private readonly Task _running;
        private int _disposed;

        public Connection(ClientWebSocket socket, EndPoint endPoint, TransferFormat format, long maximumMessageBytes)
        {
            _socket = socket;
            _messageType = format == TransferFormat.Text ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
            _maximumMessageBytes = maximumMessageBytes;
            RemoteEndPoint = endPoint;
            ConnectionClosed = _closed.Token;
            Transport = new DuplexPipe(_incoming.Reader, _outgoing.Writer);
            _running = RunAsync();
        }

        public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");
        public override IFeatureCollection Features { get; } = new FeatureCollection();
        public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();
        public override IDuplexPipe Transport { get; set; }

        public override void Abort(ConnectionAbortedException abortReason) => _socket.Abort();

        /// <summary>Sends what waits, then closes both ways; a server that does not answer the close frame is left after 5 s.</summary>
        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (Interlocked.Exchange(ref _disposed, 1) == 1)
            {
                return;
            }

            await _outgoing.Writer.CompleteAsync();
            await _incoming.Reader.CompleteAsync();
            try
            {
                await _running.WaitAsync(CloseTimeout);
            }
            catch (TimeoutException)
            {
                _socket.Abort();
                await _running;
            }

            _socket.Dispose();
            _closed.Dispose();
        }

        /// <summary>Never throws: how the connection ended is told to the reader of <see cref="Transport"/>.</summary>
        private async Task RunAsync()
        {
            await Task.WhenAll(SendAsync(), ReceiveAsync());
            await _closed.CancelAsync();
        }

        private async Task SendAsync()
        {
            Exception? error = null;
            try
            {
                ReadResult read;
                do
                {
                    read = await _outgoing.Reader.ReadAsync(CancellationToken.None);
                    await SendAsync(read.Buffer);
                    _outgoing.Reader.AdvanceTo(read.Buffer.End);
                }
                while (!read.IsCompleted);

                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
            catch (Exception exception) when (IsLost(exception))
            {
                // Wakes the receiving loop, which reports the loss.
                error = exception;
                _socket.Abort();
            }

            await _outgoing.Reader.CompleteAsync(error);
        }

        private async Task SendAsync(ReadOnlySequence<byte> message)
        {
            while (!message.IsEmpty)
            {
                var part = message.First;
                message = message.Slice(part.Length);
                await _socket.SendAsync(part, _messageType, endOfMessage: message.IsEmpty, CancellationToken.None);
            }
        }

        private async Task ReceiveAsync()
        {
            Exception? error = null;
            try
            {
                error = await ReceiveUntilClosedAsync();
            }
            catch (Exception exception) when (IsLost(exception))
            {
                error = exception;
                _socket.Abort();
            }

            // Closing on purpose is no error, however abruptly the server takes it.
            await _incoming.Writer.CompleteAsync(_disposed == 0 ? error : null);
        }

        /// <returns>What was wrong, when the server did not close normally. Its close frame still gets its answer, so nothing is aborted.</returns>
        private async Task<IOException?> ReceiveUntilClosedAsync()
        {
            var messageBytes = 0L;
            while (true)
            {
                var received = await _socket.ReceiveAsync(_incoming.Writer.GetMemory(4096), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                messageBytes += received.Count;
                if (messageBytes > _maximumMessageBytes)
                {
                    throw new IOException($"The server sent a message of more than {_maximumMessageBytes} bytes.");
                }

                messageBytes = received.EndOfMessage ? 0 : messageBytes;
                _incoming.Writer.Advance(received.Count);
                // Once the reader is gone the pipe drops what comes, and this loop goes on to the close frame.
                await _incoming.Writer.FlushAsync(CancellationToken.None);
            }

            return _socket.CloseStatus is WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable
                ? null
                : new IOException($"The server closed the connection ({_socket.CloseStatus}): {_socket.CloseStatusDescription}");
        }

        private static bool IsLost(Exception exception) =>
            exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
