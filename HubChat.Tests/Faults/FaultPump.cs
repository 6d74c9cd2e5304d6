using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;

namespace HubChat.Tests.Faults;

/// <summary>Carries the bytes of one connection in one direction, with the faults of its link.</summary>
internal sealed class FaultPump(Socket source, Socket destination, FaultLink link, Random random)
{
    private const int ChunkSize = 8 * 1024;

    // What is on the way while it is delayed; with a full line the source feels back-pressure.
    private readonly Channel<Chunk> _line = Channel.CreateBounded<Chunk>(16);
    private LinkFaults _counted = LinkFaults.None;
    private long _countedBytes;

    /// <returns>Whether the source ended in order; otherwise the connection is to be cut.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(either.Token);
        try
        {
            return await WriteAsync(either.Token);
        }
        finally
        {
            await either.CancelAsync();
            await reading;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var due = Stopwatch.GetTimestamp();
            while (true)
            {
                await link.OpenAsync(cancellationToken);
                var buffer = new byte[ChunkSize];
                var count = await source.ReceiveAsync(buffer, cancellationToken);
                if (count == 0)
                {
                    _line.Writer.Complete();
                    return;
                }

                // The order stays, however the jitter falls.
                due = Math.Max(due, Stopwatch.GetTimestamp() + Ticks(Latency(link.Faults)));
                await _line.Writer.WriteAsync(new Chunk(buffer.AsMemory(0, count), due), cancellationToken);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _line.Writer.Complete(broken);
        }
    }

    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in _line.Reader.ReadAllAsync(cancellationToken))
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), chunk.Due) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early, cancellationToken);
                }

                if (!await PassAsync(chunk.Bytes, cancellationToken))
                {
                    return false;
                }
            }

            destination.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> PassAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var faults = await link.OpenAsync(cancellationToken);
            var allowed = Allowed(faults);
            if (allowed == 0)
            {
                return false;
            }

            var piece = bytes[..(int)Math.Min(Math.Min(bytes.Length, PieceSize(faults)), allowed)];
            await destination.SendAsync(piece, cancellationToken);
            _countedBytes += piece.Length;
            link.Count(piece.Length);
            bytes = bytes[piece.Length..];
            if (Pause(faults, piece.Length) is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause, cancellationToken);
            }
        }

        // A cut takes place with the last allowed byte, not with the one that follows some day.
        return Allowed(link.Faults) > 0;
    }

    private long Allowed(LinkFaults faults)
    {
        if (!ReferenceEquals(faults, _counted))
        {
            (_counted, _countedBytes) = (faults, 0);
        }

        return faults.CutAfter is { } cut ? Math.Max(0, cut - _countedBytes) : long.MaxValue;
    }

    private TimeSpan Latency(LinkFaults faults) => faults.Delay + (faults.Jitter * random.NextDouble());

    // A rate is kept in about fifty pieces a second.
    private static int PieceSize(LinkFaults faults) =>
        faults.SliceSize ?? (faults.BytesPerSecond is { } rate ? Math.Max(1, rate / 50) : ChunkSize);

    private static TimeSpan Pause(LinkFaults faults, int sent) =>
        faults.SlicePause + (faults.BytesPerSecond is { } rate ? TimeSpan.FromSeconds((double)sent / rate) : TimeSpan.Zero);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private readonly record struct Chunk(ReadOnlyMemory<byte> Bytes, long Due);
}
