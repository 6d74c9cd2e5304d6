using System.Threading.RateLimiting;

namespace HubChat.Server.Models;

/// <summary>
/// A server that models run on, as seen from here: how many calls it is given at once, how many wait for their turn, and how the last
/// ones went.
/// </summary>
internal sealed class Upstream(string provider, string address, int maxRunning, int maxWaiting, TimeProvider time) : IDisposable
{
    private readonly ConcurrencyLimiter _turns = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = maxRunning,
        QueueLimit = maxWaiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public string Provider => provider;

    /// <summary>Scheme, host and port; nothing of it is secret.</summary>
    public string Address => address;

    public long Running => maxRunning - (_turns.GetStatistics()?.CurrentAvailablePermits ?? maxRunning);

    public long Waiting => _turns.GetStatistics()?.CurrentQueuedCount ?? 0;

    public DateTimeOffset? LastSuccessAt { get; private set; }

    public UpstreamFailure? LastFailure { get; private set; }

    /// <summary>Waits for a turn; disposing it ends the turn.</summary>
    /// <exception cref="ModelException">model_busy when too many wait already.</exception>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var turn = await _turns.AcquireAsync(1, cancellationToken);
        if (turn.IsAcquired)
        {
            return turn;
        }

        turn.Dispose();
        throw new ModelException(ModelException.Busy, $"{maxWaiting} calls wait for {address} already.");
    }

    public void Succeeded() => LastSuccessAt = time.GetUtcNow();

    public void Failed(ModelException failure) => LastFailure = new UpstreamFailure(time.GetUtcNow(), failure.Code, failure.Status, failure.Message);

    public void Dispose() => _turns.Dispose();
}

/// <summary>How a call failed, in our words.</summary>
internal sealed record UpstreamFailure(DateTimeOffset At, string Code, int? Status, string Detail);
