using Microsoft.Extensions.Options;

namespace HubChat.Server.Limits;

/// <summary>
/// Keeps the process from dying of those who ask for much and take nothing. What was made for a client is held until the client takes it or is
/// given up, and nobody knows beforehand how much it is: so few answers are made at once, and while memory is short none.
/// </summary>
internal sealed partial class MemoryGate : IDisposable
{
    // A collection is worth a twentieth of the time.
    private const int CollectionShare = 20;
    private static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger<MemoryGate> _logger;
    private readonly long _tightAt;
    private readonly SemaphoreSlim _answers;
    private readonly Throttle _warning;
    private TimeSpan _pause;
    private long? _collectedAt;

    public MemoryGate(IOptions<MemoryOptions> options, TimeProvider time, ILogger<MemoryGate> logger)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        (_time, _logger) = (time, logger);
        _tightAt = available / 100 * options.Value.TightAtPercent;
        _warning = new Throttle(TimeSpan.FromMinutes(1), time);
        _answers = new SemaphoreSlim((int)Math.Clamp(available / options.Value.BytesPerAnswer, 2, 256));
    }

    /// <summary>Whether memory is short, also when what is no longer used is thrown away.</summary>
    public bool IsTight
    {
        get
        {
            if (GC.GetTotalMemory(forceFullCollection: false) < _tightAt)
            {
                return false;
            }

            Collect();
            var used = GC.GetTotalMemory(forceFullCollection: false);
            if (used < _tightAt)
            {
                return false;
            }

            // It is looked at with every answer.
            if (_warning.TryPass())
            {
                LogTight(used, _tightAt);
            }

            return true;
        }
    }

    /// <summary>Waits until an answer may be made that may be large.</summary>
    /// <returns>To be given back when it has been written; null when memory is short.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        await _answers.WaitAsync(cancellationToken);
        if (!IsTight)
        {
            return new Leave(_answers);
        }

        _answers.Release();
        return null;
    }

    public void Dispose() => _answers.Dispose();

    private void Collect()
    {
        lock (_gate)
        {
            if (_collectedAt is { } last && _time.GetElapsedTime(last) < _pause)
            {
                return;
            }

            var startedAt = _time.GetTimestamp();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            _collectedAt = _time.GetTimestamp();
            var took = _time.GetElapsedTime(startedAt) * CollectionShare;
            _pause = took > CollectEvery ? took : CollectEvery;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Memory is short: {Used} bytes are used, and from {TightAt} on large answers and hub connections are refused (docs/operations.md, Memory)")]
    private partial void LogTight(long used, long tightAt);

    private sealed class Leave(SemaphoreSlim answers) : IDisposable
    {
        private bool _isGivenBack;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _isGivenBack, true))
            {
                answers.Release();
            }
        }
    }
}
