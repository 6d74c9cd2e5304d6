using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Ids;
using HubChat.Server.Usage;

namespace HubChat.Server.Generations;

/// <summary>A reply that this server writes now.</summary>
internal sealed class RunningReply : ITopicListener, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancellation;
    private readonly UsageLease _lease;
    private bool _disposed;

    /// <param name="generation">What is being written.</param>
    /// <param name="lease">What was taken for it; it is given back at the end.</param>
    /// <param name="serverStopping">Ends it.</param>
    public RunningReply(Generation generation, UsageLease lease, CancellationToken serverStopping)
    {
        _lease = lease;
        Generation = generation;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(serverStopping);
        Cancelled = _cancellation.Token;
    }

    public Generation Generation { get; }

    public Task Task { get; set; } = Task.CompletedTask;

    public bool IsStopped { get; private set; }

    /// <summary>Cancelled when somebody stops the reply or the server ends; <see cref="IsStopped"/> says which.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>Nobody's: it is not there to read.</summary>
    public UserId UserId => default;

    public bool IsPresent => false;

    public void Offer(ChatUpdate update)
    {
    }

    public void Refresh()
    {
    }

    /// <summary>The chat is gone.</summary>
    public void Close(WatchEnd reason) => Stop();

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

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
            _cancellation.Dispose();
        }

        return _lease.DisposeAsync();
    }
}
