using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HubChat.Server.Models;
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

    /// <summary>Whether it breaks down after what it answers by itself, and how.</summary>
    public Func<IReadOnlyList<ChatMessage>, Exception?> FailAfterAnswer { get; set; } = _ => null;

    /// <summary>What it answers when it is asked for a title.</summary>
    public Func<IReadOnlyList<ChatMessage>, string> Title { get; set; } = _ => "A title";

    /// <summary>How long it thinks about a title.</summary>
    public Task TitleIsDue { get; set; } = Task.CompletedTask;

    /// <summary>The next call to play.</summary>
    public ValueTask<ScriptedTurn> NextTurnAsync(CancellationToken cancellationToken) => _turns.Reader.ReadAsync(cancellationToken);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prompt = messages.ToList();
        var isTitle = prompt[^1].Text.StartsWith(ModelRequests.Title, StringComparison.Ordinal);
        if (isTitle)
        {
            await TitleIsDue;
        }

        if (isTitle || !Hold)
        {
            foreach (var word in (isTitle ? Title(prompt) : Answer(prompt)).Split(' '))
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, word + " ");
            }

            yield return FailAfterAnswer(prompt) is { } failure ? throw failure : new ChatResponseUpdate { FinishReason = ChatFinishReason.Stop };
            yield break;
        }

        var turn = new ScriptedTurn(prompt, options) { IgnoresCancellation = IgnoresCancellation };
        await using var cancellation = cancellationToken.Register(turn.OnCancelled);
        await _turns.Writer.WriteAsync(turn, cancellationToken);
        try
        {
            await foreach (var update in turn.ReadAsync(cancellationToken))
            {
                yield return update;
            }
        }
        finally
        {
            // The read may end before the registration is called, and then takes it away.
            if (cancellationToken.IsCancellationRequested)
            {
                turn.OnCancelled();
            }
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
