using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HubChat.Tests.Faults;

/// <summary>
/// Just enough of the SignalR JSON protocol over a <see cref="RawWebSocket"/> to sign in, watch a chat, and then read it
/// slowly or not at all. Like the socket it reads only when it is asked to.
/// </summary>
internal sealed class RawHubClient : IDisposable
{
    private const byte Separator = 0x1e;

    // Letters go as they are: escaped, they would make another size of message.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<byte> _partial = [];
    private Queue<JsonElement> _waiting = [];
    private int _calls;

    private RawHubClient(RawWebSocket socket) => Socket = socket;

    public RawWebSocket Socket { get; }

    /// <param name="server">The server's address; the hub is <c>/hubs/chat</c>.</param>
    /// <param name="accessToken">Goes into the query, as browsers send it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="receiveBuffer">As in <see cref="RawWebSocket.ConnectAsync"/>.</param>
    /// <param name="path">The hub's path.</param>
    public static async Task<RawHubClient> ConnectAsync(
        Uri server, string? accessToken, CancellationToken cancellationToken, int? receiveBuffer = null, string path = "/hubs/chat")
    {
        var query = accessToken is null ? "" : $"?access_token={Uri.EscapeDataString(accessToken)}";
        var client = new RawHubClient(await RawWebSocket.ConnectAsync(new Uri(server, path + query), cancellationToken, receiveBuffer));
        try
        {
            await client.SendAsync(new { protocol = "json", version = 1 }, cancellationToken);
            var answer = await client.ReceiveAsync(cancellationToken);
            return answer?.TryGetProperty("error", out _) is false
                ? client
                : throw new InvalidOperationException($"The handshake was refused: {answer}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>One message of the hub protocol; anything that serializes.</summary>
    public Task SendAsync(object message, CancellationToken cancellationToken) =>
        Socket.SendTextAsync(JsonSerializer.Serialize(message, Json) + (char)Separator, cancellationToken);

    /// <summary>Calls a hub method without waiting for the answer.</summary>
    /// <returns>The invocation's id.</returns>
    public async Task<string> InvokeOnlyAsync(string method, object[] arguments, CancellationToken cancellationToken)
    {
        var invocationId = (++_calls).ToString(CultureInfo.InvariantCulture);
        await SendAsync(new { type = 1, invocationId, target = method, arguments }, cancellationToken);
        return invocationId;
    }

    /// <summary>Calls a hub method and reads up to its answer; what comes before it waits for <see cref="ReceiveAsync"/>.</summary>
    /// <returns>The result; undefined for a method without one.</returns>
    public async Task<JsonElement> InvokeAsync(string method, object[] arguments, CancellationToken cancellationToken)
    {
        var invocationId = await InvokeOnlyAsync(method, arguments, cancellationToken);
        List<JsonElement> before = [];
        while (await ReceiveAsync(cancellationToken) is { } message)
        {
            if (TypeOf(message) != 3 || message.GetProperty("invocationId").GetString() != invocationId)
            {
                before.Add(message);
                continue;
            }

            _waiting = new Queue<JsonElement>([.. before, .. _waiting]);
            return message.TryGetProperty("error", out var error)
                ? throw new InvalidOperationException(error.GetString())
                : message.TryGetProperty("result", out var result) ? result : default;
        }

        throw new EndOfStreamException($"The connection ended before {method} was answered.");
    }

    /// <summary>Watches a chat from its start; the updates follow from <see cref="ReceiveUpdateAsync"/>.</summary>
    public Task<JsonElement> WatchAsync(string chatId, CancellationToken cancellationToken) =>
        InvokeAsync("WatchChat", [new { chatId }], cancellationToken);

    /// <returns>The argument of the next <c>ChatUpdate</c>; nothing when the connection has ended.</returns>
    public async Task<JsonElement?> ReceiveUpdateAsync(CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(cancellationToken) is { } message)
        {
            if (TypeOf(message) == 1 && message.GetProperty("target").GetString() == "ChatUpdate")
            {
                return message.GetProperty("arguments")[0];
            }
        }

        return null;
    }

    /// <returns>The next message of the hub protocol except pings; nothing when the connection has ended.</returns>
    public async Task<JsonElement?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_waiting.TryDequeue(out var message))
            {
                if (TypeOf(message) != 6)
                {
                    return message;
                }
            }

            if (await Socket.ReceiveAsync(cancellationToken) is not { Opcode: not WebSocketOpcode.Close } frame)
            {
                return null;
            }

            if (frame.Opcode == WebSocketOpcode.Ping)
            {
                await Socket.SendFrameAsync(WebSocketOpcode.Pong, frame.Payload, cancellationToken);
            }
            else
            {
                Take(frame.Payload);
            }
        }
    }

    /// <summary>Keeps the connection alive without reading: a ping of the hub protocol.</summary>
    public Task PingAsync(CancellationToken cancellationToken) => SendAsync(new { type = 6 }, cancellationToken);

    public void Dispose() => Socket.Dispose();

    /// <summary>The handshake's answer has no type.</summary>
    private static int TypeOf(JsonElement message) => message.TryGetProperty("type", out var type) ? type.GetInt32() : 0;

    // A frame may hold several messages, and a message, even a character of it, may be spread over several frames.
    private void Take(byte[] bytes)
    {
        foreach (var one in bytes)
        {
            if (one != Separator)
            {
                _partial.Add(one);
                continue;
            }

            _waiting.Enqueue(JsonElement.Parse(_partial.ToArray()));
            _partial.Clear();
        }
    }
}
