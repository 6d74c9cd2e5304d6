using System.Threading.Channels;

namespace HubChat.Client.Sample.Live;

/// <summary>
/// Runs everything that touches the screen on one task, one thing after the other, and the calls to the server on
/// another, so that a slow server never holds up the typing.
/// </summary>
internal sealed class LiveLoop(Action refresh, Action<ClientException> failed)
{
    private readonly Channel<Action> _shows = Channel.CreateBounded<Action>(1024);
    private readonly Channel<Func<CancellationToken, Task>> _calls = Channel.CreateBounded<Func<CancellationToken, Task>>(64);
    private int _pendingCalls;

    /// <summary>Whether every call has been answered.</summary>
    public bool IsIdle => Volatile.Read(ref _pendingCalls) == 0;

    /// <summary>Waits while the screen is behind; does nothing once it has ended.</summary>
    public async ValueTask ShowAsync(Action show, CancellationToken cancellationToken)
    {
        while (await _shows.Writer.WaitToWriteAsync(cancellationToken) && !_shows.Writer.TryWrite(show))
        {
            // Somebody else took the place.
        }
    }

    /// <summary>Calls are carried out in the order they were asked for. False when too many wait already.</summary>
    public bool TryCall(Func<CancellationToken, Task> call)
    {
        Interlocked.Increment(ref _pendingCalls);
        var taken = _calls.Writer.TryWrite(call);
        if (!taken)
        {
            Interlocked.Decrement(ref _pendingCalls);
        }

        return taken;
    }

    /// <summary>For what nobody misses when it fails. Does nothing when too much waits already.</summary>
    public void TryHint(Func<CancellationToken, Task> call) => TryCall(async cancellationToken =>
    {
        try
        {
            await call(cancellationToken);
        }
        catch (ClientException)
        {
            // Whoever is typing did not ask for this call and could do nothing about its failure.
        }
    });

    public void End() => _shows.Writer.TryComplete();

    public async Task RunScreenAsync(CancellationToken cancellationToken)
    {
        await foreach (var show in _shows.Reader.ReadAllAsync(cancellationToken))
        {
            show();
            // Draws once for everything that is there already.
            while (_shows.Reader.TryRead(out var next))
            {
                next();
            }

            refresh();
        }
    }

    public async Task RunCallsAsync(CancellationToken cancellationToken)
    {
        await foreach (var call in _calls.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await call(cancellationToken);
            }
            catch (ClientException exception)
            {
                await ShowAsync(() => failed(exception), cancellationToken);
            }

            Interlocked.Decrement(ref _pendingCalls);
        }
    }
}
