using System.Text.Json;

namespace HubChat.Tests.Faults;

/// <summary>Reads a watch over a raw client up to an event, by the numbers alone: nothing is kept, so that memory is the server's.</summary>
internal sealed class WatchReading
{
    private long _seq;

    public int Resyncs { get; private set; }

    public long Seq => Interlocked.Read(ref _seq);

    /// <summary>Reads until this event has come, and complains when one is left out.</summary>
    public async Task ToAsync(RawHubClient client, string chatId, Task<long> last, CancellationToken cancellationToken)
    {
        var answer = await client.WatchAsync(chatId, cancellationToken);
        _seq = PositionOf(answer);
        while (!last.IsCompleted || Seq < await last)
        {
            var update = await client.ReceiveUpdateAsync(cancellationToken)
                ?? throw new EndOfStreamException($"The connection ended after event {Seq}.");
            Take(update);
        }
    }

    private void Take(JsonElement update)
    {
        switch (update.GetProperty("kind").GetString())
        {
            case "event":
                Follow(update.GetProperty("event"));
                break;
            case "resync":
                Resyncs++;
                var watch = update.GetProperty("watch");
                foreach (var missed in watch.TryGetProperty("events", out var events) ? events.EnumerateArray() : default)
                {
                    Follow(missed);
                }

                Interlocked.Exchange(ref _seq, PositionOf(watch));
                break;
        }
    }

    private void Follow(JsonElement happened)
    {
        var seq = happened.GetProperty("seq").GetInt64();
        if (seq != Seq + 1)
        {
            throw new InvalidDataException($"Event {seq} came after {Seq}.");
        }

        Interlocked.Exchange(ref _seq, seq);
    }

    private static long PositionOf(JsonElement watch) => watch.GetProperty("position").GetProperty("seq").GetInt64();
}
