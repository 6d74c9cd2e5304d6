using System.Text;

namespace HubChat.Tests.Faults;

/// <summary>One frame as it came over the wire (RFC 6455 §5.2).</summary>
internal sealed record WebSocketFrame(bool IsFinal, WebSocketOpcode Opcode, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>The status of a close frame: 1009 is "message too big"; 1005 stands for none.</summary>
    public int CloseStatus => Payload.Length >= 2 ? (Payload[0] << 8) | Payload[1] : 1005;
}
