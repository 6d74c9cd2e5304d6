using HubChat.Server.Chats;

namespace HubChat.Server.Generations;

/// <summary>A reply that this server writes now.</summary>
internal sealed class RunningReply : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancellation;
    private bool _disposed;

    public RunningReply(Generation generation, CancellationToken serverStopping)
    {
        Generation = generation;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(serverStopping);
        Cancelled = _cancellation.Token;
    }

    public Generation Generation { get; }

    public Task Task { get; set; } = Task.CompletedTask;

    public bool IsStopped { get; private set; }

    /// <summary>Cancelled when somebody stops the reply or the server ends; <see cref="IsStopped"/> says which.</summary>
    public CancellationToken Cancelled { get; }

    public void Stop()
    {
        lock (_gate)
        {
            IsStopped = true;
            if (!_disposed)
            {
                _cancellation.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _cancellation.Dispose();
        }
    }
}
