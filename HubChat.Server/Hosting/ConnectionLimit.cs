using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>
/// How many connections the process takes. One over that is closed at once: a process of .NET that can open no more files does not
/// refuse: it dies, or answers nobody any more.
/// Kestrel's own limits count WebSockets apart from the rest, and know nothing of files.
/// </summary>
internal sealed partial class ConnectionLimit(IOptions<HostingOptions> options, ILogger<ConnectionLimit> logger)
{
    // For the database, models, Redis and the libraries themselves: some 350 are open when nobody is connected.
    private const int Reserve = 512;
    private const int Fewest = 64;
    private const string DescriptorLimits = "/proc/self/limits";

    private readonly int _most = options.Value.MaxConnections is > 0 and var most ? most : Within(FindDescriptors());
    private int _open;
    private bool _isFull;

    /// <summary>How many connections a process may have that can open so many files.</summary>
    public static int Within(long? descriptors) =>
        descriptors is { } all ? (int)Math.Clamp(all - Math.Max(Reserve, all / 8), Fewest, int.MaxValue) : int.MaxValue;

    public void Use(ListenOptions listen) => listen.Use(next => connection => CountAsync(next, connection));

    /// <summary>What the system says; null where it says nothing, or sets no limit.</summary>
    private static long? FindDescriptors()
    {
        if (!File.Exists(DescriptorLimits))
        {
            return null;
        }

        var line = File.ReadLines(DescriptorLimits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }

    private async Task CountAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > _most)
            {
                Refuse(connection);
                return;
            }

            await next(connection);
        }
        finally
        {
            if (Interlocked.Decrement(ref _open) < _most / 2)
            {
                _isFull = false;
            }
        }
    }

    private void Refuse(ConnectionContext connection)
    {
        // Once for each time: who holds that many connections open must not fill the log too.
        if (!Interlocked.Exchange(ref _isFull, true))
        {
            LogFull(_most);
        }

        connection.Abort();
    }

    [LoggerMessage(LogLevel.Warning, "There are {Most} connections, and no more are taken (Hosting:MaxConnections, or the limit on open files)")]
    private partial void LogFull(int most);
}
