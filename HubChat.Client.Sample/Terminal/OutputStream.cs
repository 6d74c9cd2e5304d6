using Microsoft.Win32.SafeHandles;

namespace HubChat.Client.Sample.Terminal;

/// <summary>
/// Standard output, whose failure is a sentence for people. It is reported once: what is written on the way out after it
/// would fail in the same way.
/// </summary>
internal sealed class OutputStream(Stream inner) : Stream
{
    private bool _failed;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static OutputStream OfProcess()
    {
        // .NET's console takes a closed pipe for success. A file stream does not, but would keep a place of its own in a file.
        if (Console.IsOutputRedirected && !OperatingSystem.IsWindows())
        {
            var file = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!file.CanSeek)
            {
                return new OutputStream(file);
            }
        }

        return new OutputStream(Console.OpenStandardOutput());
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_failed)
        {
            return;
        }

        try
        {
            inner.Write(buffer);
        }
        catch (IOException exception)
        {
            _failed = true;
            throw new ClientException(ExitCode.OutputFailed, $"The output could not be written: {exception.Message}", exception);
        }
    }

    public override void Flush()
    {
        // Nothing is held back here.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
