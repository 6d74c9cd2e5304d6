using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Text;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Generations;

/// <summary>A call of a model that is being answered. Disposing it ends it, with the model's server too, and enters it in the ledger.</summary>
internal sealed class Completion : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended;
    private readonly AssistantModel _model;
    private readonly GenerationOptions _options;
    private readonly UsageLease _lease;
    private readonly CallLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<Completion> _onEnded;
    private readonly ModelStream _stream;
    private ReplyOutcome _outcome = new(ReplyState.Stopped);
    private ChatResponseUpdate? _current;
    private int _length;
    private volatile Exception? _reason;

    public Completion(
        GenerationId id, CurrentUser user, AssistantModel model, IReadOnlyList<ChatMessage> messages, Microsoft.Extensions.AI.ChatOptions chatOptions,
        GenerationOptions options, UsageLease lease, CallLedger ledger, TimeProvider time, ILogger logger, Action<Completion> onEnded,
        CancellationToken cancellationToken)
    {
        (Id, User, StartedAt) = (id, user, time.GetUtcNow());
        (_model, _options, _lease, _ledger, _time, _logger, _onEnded) = (model, options, lease, ledger, time, logger, onEnded);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stream = new ModelStream(model, messages, chatOptions, options.Timers.With(model.Timeouts), time, _ended.Token);
    }

    public GenerationId Id { get; }

    public CurrentUser User { get; }

    public string Model => _model.Name;

    public DateTimeOffset StartedAt { get; }

    public ChatResponseUpdate Current => _current!;

    /// <summary>How it ended; null before the end.</summary>
    public ChatFinishReason? FinishReason { get; private set; }

    public long InputTokens => _stream.Figures.InputTokens;

    public long OutputTokens => _stream.Figures.OutputTokens;

    /// <summary>True: a piece is there. False: the answer has ended. Null: the wait is over, and nothing more has come yet.</summary>
    /// <exception cref="ModelException">The model failed, or the server stops.</exception>
    /// <exception cref="ChatException">call_ended: an administrator has ended the call.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<bool?> MoveNextAsync(TimeSpan wait)
    {
        if (FinishReason is not null)
        {
            return false;
        }

        try
        {
            _ended.Token.ThrowIfCancellationRequested();
            var moved = await _stream.MoveNextAsync(wait, _ended.Token);
            if (moved is true)
            {
                _current = Cut(_stream.Current);
            }
            else if (moved is false)
            {
                FinishReason = _stream.FinishReason;
            }

            if (FinishReason is not null)
            {
                _outcome = new ReplyOutcome(ReplyState.Done);
            }

            return moved;
        }
        catch (ModelException failure)
        {
            _logger.LogModelFailed(Id.Value, Model, failure.Code, failure.Message, failure.RequestId);
            _outcome = ReplyOutcome.Broken(failure.Code, _length > 0);
            throw;
        }
        catch (OperationCanceledException) when (_reason is { } reason)
        {
            throw reason;
        }
    }

    /// <summary>Ends it for an administrator. Libraries repeat what failed in passing; this is not to be repeated.</summary>
    public void Kill() => End(new ChatException(ChatError.Forbidden, "call_ended", "An administrator has ended this call."));

    /// <summary>Ends it because the server stops.</summary>
    public void StopServing() => End(new ModelException("server_stopped", "The server stops."));

    private void End(Exception reason)
    {
        _reason = reason;
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _onEnded(this);
        await _stream.DisposeAsync();
        await _lease.DisposeAsync();
        _ended.Dispose();
        var figures = _stream.Figures;
        await _lease.SettleAsync(figures.Tokens);
        var call = new LedgerCall(CallKind.Completion, Id, Attempt: 1, new UsageSubject(User.Id, User.KeyId, Chat: null), StartedAt, StartedAt);
        await _ledger.AddAsync(LedgerEntry.Of(call, figures, WireNames.Of(_outcome.State), _outcome.ErrorCode, _time.GetUtcNow()));
    }

    /// <summary>What goes over the longest answer is left out, and with it the answer ends.</summary>
    private ChatResponseUpdate Cut(ChatResponseUpdate update)
    {
        // What a model thinks counts too: whoever reads it keeps it.
        var room = Math.Max(0, _options.MaxOutputLength - _length);
        var length = update.Text.Length + update.Contents.OfType<TextReasoningContent>().Sum(thought => thought.Text.Length);
        _length += length;
        if (length < room)
        {
            return update;
        }

        FinishReason = ChatFinishReason.Length;
        return new ChatResponseUpdate(update.Role, TextRules.Head(update.Text, room));
    }
}
