using System.Text;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>The assistant's reply in a chat, as one of its readers. Whoever stops reading stops nothing.</summary>
/// <param name="chatId">The chat.</param>
/// <param name="posted">The question, and the reply to it.</param>
/// <param name="deltas">The reply's text as it comes.</param>
/// <param name="findReply">Reads the stored reply once it has ended.</param>
/// <param name="time">The clock of the waits.</param>
internal sealed class ChatAnswer(
    ChatId chatId, PostedMessage posted, IAsyncEnumerable<Delta> deltas, Func<CancellationToken, Task<Message?>> findReply, TimeProvider time) : IAnswer
{
    private readonly CancellationTokenSource _reading = new();
    private readonly StringBuilder _told = new();
    private IAsyncEnumerator<Delta>? _deltas;
    private Task<bool>? _next;
    private Message? _reply;

    public string Id => AnswerFactory.IdOf(posted.GenerationId!.Value);

    public string Model => ChatTarget.NameOf(chatId);

    public DateTimeOffset CreatedAt => posted.CreatedAt;

    public IReadOnlyList<DeltaItem> Current { get; private set; } = [];

    public bool StartsOver { get; private set; }

    public string FinishReason => _reply switch
    {
        { ErrorCode: "content_filter" } => ChatFinishReason.ContentFilter.Value,
        { FinishReason: "length" } => ChatFinishReason.Length.Value,
        _ => ChatFinishReason.Stop.Value,
    };

    public UsageItem Usage => new(_reply?.InputTokens ?? 0, _reply?.OutputTokens ?? 0);

    public async Task<bool?> MoveNextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        (Current, StartsOver) = ([], false);
        _deltas ??= deltas.GetAsyncEnumerator(_reading.Token);
        _next ??= _deltas.MoveNextAsync().AsTask();
        if (!await IsThereAsync(_next, wait, cancellationToken))
        {
            return null;
        }

        var moved = await _next;
        _next = null;
        switch (moved ? _deltas.Current : null)
        {
            case DeltaReset reset:
                Begin(reset.Text);
                return true;
            case DeltaText more:
                Tell(more.Text);
                return true;
            case DeltaDone { End: var end }:
                _reply = await findReply(cancellationToken);
                return end.ErrorCode is null or "content_filter" ? false : throw FailureOf(end);
            default:
                throw new ModelException(ModelException.Failed, $"The reply {posted.ReplyId} broke off.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reading.CancelAsync();
        if (_next is not null)
        {
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_deltas is not null)
        {
            await _deltas.DisposeAsync();
        }

        _reading.Dispose();
    }

    /// <summary>The whole text so far. Mostly it only goes on from what was told; after a crash, or a deletion, it may contradict it.</summary>
    private void Begin(string text)
    {
        StartsOver = !text.StartsWith(_told.ToString(), StringComparison.Ordinal);
        if (StartsOver)
        {
            _told.Clear();
        }

        Tell(text[_told.Length..]);
    }

    private void Tell(string text)
    {
        _told.Append(text);
        Current = text.Length > 0 ? [new DeltaItem { Content = text }] : [];
    }

    private Exception FailureOf(DeltaEnd end)
    {
        var retryAfter = end.RetryAt - time.GetUtcNow();
        return end.ErrorCode == UsageLimits.Exceeded
            ? new ChatException(ChatError.LimitReached, end.ErrorCode, ReplyErrorTexts.Of(end.ErrorCode)) { RetryAfter = retryAfter }
            : new ModelException(end.ErrorCode!, $"The reply {posted.ReplyId} ended as {end.State}.") { RetryAfter = retryAfter };
    }

    private async Task<bool> IsThereAsync(Task next, TimeSpan wait, CancellationToken cancellationToken)
    {
        await next.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return next.IsCompleted;
    }
}
