using System.Buffers.Binary;

namespace HubChat.Server.Storage.Sqlite;

/// <summary>The write-ahead log as a file (sqlite.org/fileformat2.html, section 4).</summary>
internal static class SqliteLog
{
    public const string Suffix = "-wal";

    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377f0682;

    /// <summary>
    /// SQLite takes the log up to the first frame that is not right and says nothing of what follows. Frames of a former round have other salts;
    /// one with the salts of this round that ends a transaction and stands behind a wrong frame was written and is lost. A log that was
    /// cut off does not show it.
    /// </summary>
    public static int CountLostCommits(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = File.OpenRead(path);
        var header = new byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || (ReadAt(header, 0) & ~1u) != Magic)
        {
            return 0;
        }

        var isBigEndian = (ReadAt(header, 0) & 1) != 0;
        var frame = new byte[FrameHeaderLength + ReadAt(header, 8)];
        var sum = Sum((0, 0), header.AsSpan(0, 24), isBigEndian);
        var isWhole = sum == (ReadAt(header, 24), ReadAt(header, 28));
        var lost = 0;
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            var isOfThisRound = frame.AsSpan(8, 8).SequenceEqual(header.AsSpan(16, 8));
            if (isWhole)
            {
                sum = Sum(Sum(sum, frame.AsSpan(0, 8), isBigEndian), frame.AsSpan(FrameHeaderLength), isBigEndian);
                isWhole = isOfThisRound && sum == (ReadAt(frame, 16), ReadAt(frame, 20));
            }

            lost += !isWhole && isOfThisRound && ReadAt(frame, 4) != 0 ? 1 : 0;
        }

        return lost;
    }

    private static uint ReadAt(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);

    private static (uint First, uint Second) Sum((uint First, uint Second) sum, ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            unchecked
            {
                sum.First += (isBigEndian ? ReadAt(bytes, 0) : BinaryPrimitives.ReadUInt32LittleEndian(bytes)) + sum.Second;
                sum.Second += (isBigEndian ? ReadAt(bytes, 4) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])) + sum.First;
            }
        }

        return sum;
    }
}
