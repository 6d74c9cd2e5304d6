using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace HubChat.Tests.App;

/// <summary>
/// A model that does what a test tells it to. By default it answers at once, word by word; with <see cref="Hold"/> each call becomes a
/// <see cref="ScriptedTurn"/> that the test plays.
/// </summary>
internal sealed class ScriptedModel : IChatClient
{
    private readonly Channel<ScriptedTurn> _turns = Channel.CreateUnbounded<ScriptedTurn>();

    /// <summary>Whether calls wait for the test.</summary>
    public bool Hold { get; set; }

    /// <summary>Whether the turns to come do not obey cancellation.</summary>
    public bool IgnoresCancellation { get; set; }

    /// <summary>What it answers by itself.</summary>
    public Func<IReadOnlyList<ChatMessage>, string> Answer { get; set; } = prompt => $"You said: {prompt[^1].Text}";

    /// <summary>What a call without streaming answers, such as a request for a title.</summary>
    public Func<IReadOnlyList<ChatMessage>, string> Title { get; set; } = _ => "A title";

    /// <summary>The next call to play.</summary>
    public ValueTask<ScriptedTurn> NextTurnAsync(CancellationToken cancellationToken) => _turns.Reader.ReadAsync(cancellationToken);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, Title([.. messages]))));

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prompt = messages.ToList();
        if (!Hold)
        {
            foreach (var word in Answer(prompt).Split(' '))
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, word + " ");
            }

            yield return new ChatResponseUpdate { FinishReason = ChatFinishReason.Stop };
            yield break;
        }

        var turn = new ScriptedTurn(prompt, options) { IgnoresCancellation = IgnoresCancellation };
        await using var cancellation = cancellationToken.Register(turn.OnCancelled);
        await _turns.Writer.WriteAsync(turn, cancellationToken);
        await foreach (var update in turn.ReadAsync(cancellationToken))
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
