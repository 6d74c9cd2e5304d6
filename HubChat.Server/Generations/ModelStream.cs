using Microsoft.Extensions.AI;

namespace HubChat.Server.Generations;

/// <summary>
/// Reads a model's answer without ever waiting for it unconditionally: each step waits for the next piece, or until something else
/// is due. A model that ignores cancellation is left behind, not waited for.
/// </summary>
internal sealed class ModelStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly IAsyncEnumerator<ChatResponseUpdate> _updates;
    private readonly TimeProvider _time;
    private Task<bool>? _next;

    public ModelStream(IChatClient client, IEnumerable<ChatMessage> prompt, ChatOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        _time = time;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _updates = client.GetStreamingResponseAsync(prompt, options, _cancellation.Token).GetAsyncEnumerator(_cancellation.Token);
    }

    public ChatResponseUpdate Current => _updates.Current;

    /// <summary>True: a piece is there. False: the answer has ended. Null: the wait is over, the next call goes on waiting for the same piece.</summary>
    public async Task<bool?> MoveNextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        _next ??= _updates.MoveNextAsync().AsTask();
        if (!_next.IsCompleted)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var first = await Task.WhenAny(_next, Task.Delay(wait, _time, waiting.Token));
            await waiting.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (first != _next && !_next.IsCompleted)
            {
                return null;
            }
        }

        var moved = await _next;
        _next = null;
        return moved;
    }

    public async ValueTask DisposeAsync()
    {
        await _cancellation.CancelAsync();
        if (_next is { IsCompleted: false } pending)
        {
            // An iterator must not be disposed while it runs: that waits until the model lets go of its piece.
            _ = pending.ContinueWith(EndAsync, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }

        await EndAsync(_next ?? Task.FromResult(false));
    }

    private async Task EndAsync(Task<bool> last)
    {
        // The answer is not wanted any more, so neither is how it failed.
        await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _updates.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cancellation.Dispose();
    }
}
