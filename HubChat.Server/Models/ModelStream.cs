using HubChat.Server.Models.Upstreams;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models;

/// <summary>
/// Reads a model's answer without ever waiting for it unconditionally: each step waits for the next piece, or until something else
/// is due. It waits for the model's turn, keeps the three timers, and takes an answer that ends without saying how for the failure it is.
/// A model that ignores cancellation is left behind, not waited for.
/// </summary>
internal sealed class ModelStream(
    AssistantModel model, IReadOnlyList<ChatMessage> prompt, ChatOptions options, ModelTimers timers, TimeProvider time, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private IAsyncEnumerator<ChatResponseUpdate>? _updates;
    private IDisposable? _turn;
    private Task<bool>? _next;
    private volatile bool _hasBegun;
    private long _beganAt;
    private long _lastPieceAt;
    private UsageDetails? _usage;
    private string? _requestId;
    private TimeSpan? _firstPiece;
    private long _outputBytes;

    public ChatResponseUpdate Current => _updates!.Current;

    public ChatFinishReason? FinishReason { get; private set; }

    /// <summary>What the call has come to so far.</summary>
    public CallFigures Figures
    {
        get
        {
            var isEstimate = _usage is not { InputTokenCount: not null, OutputTokenCount: not null };
            var estimate = _hasBegun ? TokenEstimate.Of(prompt) : 0;

            // What a server says is believed within what it was given: it cannot read more than its context, nor write more than it may.
            var input = Math.Clamp(_usage?.InputTokenCount ?? estimate, 0, Math.Max(model.ContextTokens, estimate));
            var output = Math.Clamp(_usage?.OutputTokenCount ?? TokenEstimate.OfBytes(_outputBytes), 0, options.MaxOutputTokens ?? model.MaxOutputTokens);
            return new CallFigures(model.Name, input, output, isEstimate, model.Price.CostOf(input, output), _firstPiece, _requestId);
        }
    }

    /// <summary>True: a piece is there. False: the answer has ended. Null: the wait is over, the next call goes on waiting for the same piece.</summary>
    /// <exception cref="ModelException">The model failed, or a timer has run out.</exception>
    public async Task<bool?> MoveNextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return await TryMoveNextAsync(wait, cancellationToken);
        }
        catch (ModelException failure)
        {
            model.Upstream?.Failed(failure);
            throw;
        }
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

    private async Task<bool?> TryMoveNextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        RequireTime(timers.Total, since: _beganAt, ModelException.TimeLimit);
        _next ??= NextAsync();
        if (!_next.IsCompleted)
        {
            RequireNoSilence();
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_next, Task.Delay(UntilDue(wait), time, waiting.Token));
            await waiting.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (!_next.IsCompleted)
            {
                RequireTime(timers.Total, since: _beganAt, ModelException.TimeLimit);
                RequireNoSilence();
                return null;
            }
        }

        var moved = await EndOfAsync(_next, cancellationToken);
        _next = null;
        if (moved)
        {
            Take(Current);
            return true;
        }

        if (FinishReason is null)
        {
            throw new ModelException(ModelException.Failed, "The answer ended without saying how.");
        }

        model.Upstream?.Succeeded();
        return false;
    }

    private async Task<bool> NextAsync()
    {
        if (_updates is null)
        {
            _turn = model.Upstream is { } upstream ? await upstream.EnterAsync(_cancellation.Token) : null;
            _beganAt = _lastPieceAt = time.GetTimestamp();
            _hasBegun = true;
            _updates = model.Client.GetStreamingResponseAsync(prompt, options, _cancellation.Token).GetAsyncEnumerator(_cancellation.Token);
        }

        return await _updates.MoveNextAsync();
    }

    /// <summary>Any client can be plugged in; what its exceptions say may hold addresses, keys or prompts, so only their type is kept.</summary>
    private static async Task<bool> EndOfAsync(Task<bool> next, CancellationToken cancellationToken)
    {
        try
        {
            return await next;
        }
        catch (Exception exception) when (exception is not ModelException && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelException(ModelException.Failed, $"The model's client threw {exception.GetType().Name}.");
        }
    }

    private void Take(ChatResponseUpdate update)
    {
        FinishReason = update.FinishReason ?? FinishReason;
        foreach (var content in update.Contents)
        {
            _usage = content is UsageContent { Details: var details } ? details : _usage;
        }

        _requestId ??= UpstreamRequestId.Of(update);
        var length = update.Contents.Sum(TokenEstimate.BytesOf);
        if (length > 0)
        {
            _outputBytes += length;
            _lastPieceAt = time.GetTimestamp();
            _firstPiece ??= time.GetElapsedTime(_beganAt);
        }
        else if (FinishReason is null)
        {
            // Empty pieces keep a connection open, they are no answer.
            RequireNoSilence();
        }
    }

    private void RequireNoSilence()
    {
        if (_firstPiece is null)
        {
            RequireTime(timers.FirstToken, since: _beganAt, ModelException.FirstTokenTimeout);
        }
        else
        {
            RequireTime(timers.Token, since: _lastPieceAt, ModelException.Stalled);
        }
    }

    private void RequireTime(TimeSpan most, long since, string code)
    {
        if (_hasBegun && time.GetElapsedTime(since) >= most)
        {
            throw new ModelException(code, $"Nothing more within {most}.");
        }
    }

    private TimeSpan UntilDue(TimeSpan wait)
    {
        // Before it is the model's turn the timers have not begun, but may at any moment.
        var silence = !_hasBegun ? timers.FirstToken
            : _firstPiece is null ? timers.FirstToken - time.GetElapsedTime(_beganAt)
            : timers.Token - time.GetElapsedTime(_lastPieceAt);
        wait = Min(wait, Min(silence, _hasBegun ? timers.Total - time.GetElapsedTime(_beganAt) : timers.Total));
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private async Task EndAsync(Task<bool> last)
    {
        // The answer is not wanted any more, so neither is how it failed.
        await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_updates is not null)
        {
            await _updates.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _turn?.Dispose();
        _cancellation.Dispose();
    }

    private static TimeSpan Min(TimeSpan first, TimeSpan second) => first < second ? first : second;
}
