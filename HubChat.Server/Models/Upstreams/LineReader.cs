using System.Buffers;

namespace HubChat.Server.Models.Upstreams;

/// <summary>Reads lines that end with a line feed, whole, however their bytes arrive. The last one may lack it.</summary>
/// <param name="stream">Read from; not disposed.</param>
/// <param name="maxLength">Of a line, in bytes.</param>
internal sealed class LineReader(Stream stream, int maxLength) : IDisposable
{
    private const int FirstSize = 8 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;
    private bool _hasEnded;

    /// <summary>
    /// The next line without its end; null after the last one. It is valid until the next call.
    /// </summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        // What was looked at once has no line feed.
        var searched = _start;
        while (true)
        {
            var found = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                return Take(searched + found, searched + found + 1);
            }

            if (_hasEnded)
            {
                // Without its type, this null would become an empty line.
                return _start == _end ? default(ReadOnlyMemory<byte>?) : Take(_end, _end);
            }

            if (_end - _start > maxLength)
            {
                throw new InvalidDataException($"A line has more than {maxLength} bytes.");
            }

            MakeRoom();
            searched = _end;
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _hasEnded = count == 0;
            _end += count;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private ReadOnlyMemory<byte> Take(int end, int next)
    {
        var line = _buffer.AsMemory(_start, end - _start);
        _start = next;
        return line;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
