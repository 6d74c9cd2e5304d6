using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using HubChat.Client.Sample.Hub;
using HubChat.Tests.App;

namespace HubChat.Tests.Faults;

/// <summary>A client that costs a test little: it watches one chat by its numbers alone, and comes back with the back-off of the others.</summary>
internal sealed class StormReader(Uri through, TestUser user, string chatId)
{
    private long _seq = -1;
    private int _losses;

    /// <summary>The newest event it was given, after all those before it.</summary>
    public long Seq => Interlocked.Read(ref _seq);

    /// <summary>How long the last attempt took, from the first byte sent to the answer of the watch.</summary>
    public TimeSpan CaughtUpWithin { get; private set; }

    /// <summary>How often an attempt failed or a connection was lost.</summary>
    public int Losses => Volatile.Read(ref _losses);

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = NewPause();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var began = Stopwatch.GetTimestamp();
                using var client = await RawHubClient.ConnectAsync(through, user.Token, cancellationToken);
                Take(await client.InvokeAsync("WatchChat", [Request()], cancellationToken));
                CaughtUpWithin = Stopwatch.GetElapsedTime(began);
                pause = NewPause();
                while (await client.ReceiveUpdateAsync(cancellationToken) is { } update)
                {
                    Follow(update);
                }
            }
            catch (Exception lost) when (lost is SocketException or EndOfStreamException or IOException or InvalidOperationException)
            {
                // It comes back, also when the server had no time for its handshake.
                Interlocked.Increment(ref _losses);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(pause.Next(), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Backoff NewPause() => new(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(2), Random.Shared.NextDouble);

    private static long PositionOf(JsonElement watch) => watch.GetProperty("position").GetProperty("seq").GetInt64();

    private object Request() => Seq < 0 ? new { chatId } : new { chatId, afterSeq = Seq };

    private void Take(JsonElement watch)
    {
        // A snapshot holds everything up to its position.
        if (watch.TryGetProperty("snapshot", out var snapshot) && snapshot.ValueKind is JsonValueKind.Object)
        {
            Interlocked.Exchange(ref _seq, PositionOf(watch));
            return;
        }

        foreach (var missed in watch.TryGetProperty("events", out var events) ? events.EnumerateArray() : default)
        {
            Next(missed);
        }

        if (PositionOf(watch) != Seq)
        {
            throw new InvalidDataException($"The events end at {Seq}, the position is {PositionOf(watch)}.");
        }
    }

    private void Follow(JsonElement update)
    {
        switch (update.GetProperty("kind").GetString())
        {
            case "event":
                Next(update.GetProperty("event"));
                break;
            case "resync":
                Take(update.GetProperty("watch"));
                break;
        }
    }

    private void Next(JsonElement happened)
    {
        var seq = happened.GetProperty("seq").GetInt64();
        if (seq != Seq + 1)
        {
            throw new InvalidDataException($"Event {seq} came after {Seq}.");
        }

        Interlocked.Exchange(ref _seq, seq);
    }
}
