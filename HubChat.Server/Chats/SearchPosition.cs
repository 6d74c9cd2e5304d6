using System.Buffers.Binary;
using System.Buffers.Text;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>
/// A place in what a search finds, newest first: after this message. It holds whatever becomes of the message, so that nothing is passed over when it
/// is deleted, or its chat, while somebody turns the pages.
/// </summary>
internal readonly record struct SearchPosition(DateTimeOffset CreatedAt, long Seq, MessageId Id)
{
    private const int Length = 32;
    private const int TextLength = 43;

    /// <summary>What a client gives back; it need not know what it means.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, CreatedAt.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], Seq);
        Id.Value.TryWriteBytes(bytes[16..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null when it is none.</summary>
    public static SearchPosition? Parse(string text)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (text.Length != TextLength || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != Length)
        {
            return null;
        }

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks
            ? null
            : new SearchPosition(
                new DateTimeOffset(ticks, TimeSpan.Zero), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), new MessageId(new Guid(bytes[16..], bigEndian: true)));
    }
}
