using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace HubChat.Tests.App;

/// <summary>One call of the model, played by the test.</summary>
internal sealed class ScriptedTurn(IReadOnlyList<ChatMessage> prompt, ChatOptions? options)
{
    private readonly Channel<ChatResponseUpdate> _updates = Channel.CreateUnbounded<ChatResponseUpdate>();
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<ChatMessage> Prompt => prompt;

    public ChatOptions? Options => options;

    /// <summary>Completes when the server no longer wants the answer.</summary>
    public Task Cancelled => _cancelled.Task;

    /// <summary>When set, cancellation is not obeyed: a model that never lets go.</summary>
    public bool IgnoresCancellation { get; set; }

    public void Say(string text) => _updates.Writer.TryWrite(new ChatResponseUpdate(ChatRole.Assistant, text));

    public void Send(ChatResponseUpdate update) => _updates.Writer.TryWrite(update);

    public void Finish(ChatFinishReason? reason = null)
    {
        _updates.Writer.TryWrite(new ChatResponseUpdate { FinishReason = reason ?? ChatFinishReason.Stop });
        _updates.Writer.TryComplete();
    }

    /// <summary>Ends it without a word about how.</summary>
    public void End() => _updates.Writer.TryComplete();

    public void Fail(Exception exception) => _updates.Writer.TryComplete(exception);

    public void OnCancelled() => _cancelled.TrySetResult();

    public IAsyncEnumerable<ChatResponseUpdate> ReadAsync(CancellationToken cancellationToken) =>
        _updates.Reader.ReadAllAsync(IgnoresCancellation ? CancellationToken.None : cancellationToken);
}
