namespace HubChat.Tests.Faults;

/// <summary>What a WebSocket frame is (RFC 6455 §5.2); numbers that are not here are malformed.</summary>
internal enum WebSocketOpcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
