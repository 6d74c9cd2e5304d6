using System.Buffers.Binary;

namespace HubChat.Tests.Faults;

/// <summary>The bytes of a client's frames (RFC 6455 §5.2), right ones and wrong ones.</summary>
internal static class WebSocketFrames
{
    public static byte[] Encode(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool isFinal = true, bool masked = true) =>
        // The mask is zero: it is there, as it must be, and changes nothing.
        [.. Header(opcode, payload.Length, isFinal, masked), .. payload];

    /// <summary>A header alone; what follows it need not be what it announces.</summary>
    public static byte[] Header(WebSocketOpcode opcode, long length, bool isFinal, bool masked)
    {
        Span<byte> header = stackalloc byte[14];
        header[0] = (byte)((isFinal ? 0x80 : 0) | (byte)opcode);
        var maskBit = masked ? 0x80 : 0;
        int size;
        switch (length)
        {
            case < 126:
                header[1] = (byte)(maskBit | (byte)length);
                size = 2;
                break;
            case <= ushort.MaxValue:
                header[1] = (byte)(maskBit | 126);
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                size = 4;
                break;
            default:
                header[1] = (byte)(maskBit | 127);
                BinaryPrimitives.WriteInt64BigEndian(header[2..], length);
                size = 10;
                break;
        }

        return header[..(size + (masked ? 4 : 0))].ToArray();
    }
}
