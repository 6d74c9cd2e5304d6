using HubChat.Server.Models.Upstreams;

namespace HubChat.Server.Models.OpenAI;

/// <summary>
/// Bounds server-sent events on their way to the parser, which would collect one of any length. An event ends with an empty line; the
/// three kinds of line ends are those of the HTML standard, §9.2.
/// </summary>
internal sealed class EventBounds(Stream inner, int maxLength) : ReadOnlyStream(inner)
{
    private bool _isLineEmpty = true;
    private bool _wasCarriageReturn;
    private int _length;

    /// <exception cref="InvalidDataException">An event is too long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await Inner.ReadAsync(buffer, cancellationToken);
        Count(buffer.Span[..count]);
        return count;
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var lineEnd = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            var text = lineEnd < 0 ? bytes.Length : lineEnd;
            if (text > 0)
            {
                _isLineEmpty = false;
                _wasCarriageReturn = false;
                _length += text;
                if (_length > maxLength)
                {
                    throw new InvalidDataException($"An event has more than {maxLength} bytes.");
                }
            }

            if (lineEnd < 0)
            {
                return;
            }

            End(bytes[lineEnd]);
            bytes = bytes[(lineEnd + 1)..];
        }
    }

    private void End(byte lineEnd)
    {
        // The line feed after a carriage return belongs to the same line end.
        if (lineEnd == '\r' || !_wasCarriageReturn)
        {
            _length = _isLineEmpty ? 0 : _length;
            _isLineEmpty = true;
        }

        _wasCarriageReturn = lineEnd == '\r';
    }
}
