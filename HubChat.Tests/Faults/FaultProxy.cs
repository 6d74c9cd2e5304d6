using System.Net;
using System.Net.Sockets;

namespace HubChat.Tests.Faults;

/// <summary>
/// A TCP proxy on a loopback port that breaks connections on demand: slow, stalled, cut, reset, refused. The faults of
/// <see cref="ToServer"/> and <see cref="ToClient"/> hold for open and new connections alike.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    // Small buffers in the kernel: a stall is felt by the sender soon.
    private const int SocketBuffer = 32 * 1024;

    private static readonly TimeSpan RebindDeadline = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly IPEndPoint _target;
    private readonly int _seed;
    private readonly FaultLink _toServer = new();
    private readonly FaultLink _toClient = new();
    private readonly HashSet<FaultConnection> _connections = [];
    private readonly HashSet<Task> _running = [];
    private Socket? _listener;
    private int _accepted;

    private FaultProxy(IPEndPoint target, int seed)
    {
        _target = target;
        _seed = seed;
        EndPoint = new IPEndPoint(IPAddress.Loopback, 0);
        Listen();
    }

    public IPEndPoint EndPoint { get; private set; }

    /// <summary>The address for HTTP clients.</summary>
    public Uri Address => new($"http://{EndPoint}");

    public LinkFaults ToServer
    {
        get => _toServer.Faults;
        set => _toServer.Faults = value;
    }

    public LinkFaults ToClient
    {
        get => _toClient.Faults;
        set => _toClient.Faults = value;
    }

    /// <summary>New connections are accepted and never answered; they stay so when it ends.</summary>
    public bool Blackhole { get; set; }

    public long BytesToServer => _toServer.PassedBytes;

    public long BytesToClient => _toClient.PassedBytes;

    public int AcceptedConnections => Volatile.Read(ref _accepted);

    public int OpenConnections
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <param name="target">Where the connections go.</param>
    /// <param name="seed">What the jitter follows; print it when a test fails.</param>
    public static FaultProxy Start(IPEndPoint target, int seed = 1) => new(target, seed);

    public static FaultProxy Start(Uri target, int seed = 1) => Start(new IPEndPoint(IPAddress.Parse(target.Host), target.Port), seed);

    /// <summary>Nothing listens any more: new connections are refused. Open ones stay; see <see cref="Reset"/>.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Takes the connections again, on the same port.</summary>
    public Task AcceptAsync(CancellationToken cancellationToken) =>
        Eventually.HoldsAsync(TryListen, cancellationToken, RebindDeadline);

    /// <summary>Cuts every open connection on both sides with a TCP reset.</summary>
    public void Reset() => Array.ForEach(Open(), connection => connection.Reset());

    /// <summary>Ends all faults; what was refused has to be taken again by <see cref="AcceptAsync"/>.</summary>
    public void Heal()
    {
        ToServer = LinkFaults.None;
        ToClient = LinkFaults.None;
        Blackhole = false;
    }

    public async ValueTask DisposeAsync()
    {
        Refuse();
        Reset();
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
    }

    private FaultConnection[] Open()
    {
        lock (_lock)
        {
            return [.. _connections];
        }
    }

    private bool TryListen()
    {
        try
        {
            Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Listen()
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                return;
            }

            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // What the listener sets is inherited by the connections it accepts.
                listener.ReceiveBufferSize = SocketBuffer;
                listener.SendBufferSize = SocketBuffer;
                listener.Bind(EndPoint);
                listener.Listen();
            }
            catch
            {
                listener.Dispose();
                throw;
            }

            EndPoint = (IPEndPoint)listener.LocalEndPoint!;
            _listener = listener;
            Track(AcceptAllAsync(listener));
        }
    }

    private async Task AcceptAllAsync(Socket listener)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                var client = await listener.AcceptAsync();
                var connection = new FaultConnection(client, _toServer, _toClient, (_seed * 397) + (2 * Interlocked.Increment(ref _accepted)), SocketBuffer);
                lock (_lock)
                {
                    // An end that came between is an end for this connection too.
                    if (_listener != listener)
                    {
                        connection.Reset();
                        return;
                    }

                    _connections.Add(connection);
                    Track(ServeAsync(connection, Blackhole ? null : _target));
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(FaultConnection connection, IPEndPoint? target)
    {
        await Task.Yield();
        await connection.RunAsync(target);
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }

    private void Track(Task task)
    {
        _running.RemoveWhere(ended => ended.IsCompletedSuccessfully);
        _running.Add(task);
    }
}
