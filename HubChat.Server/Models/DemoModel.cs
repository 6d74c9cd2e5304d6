using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using HubChat.Server.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Models;

/// <summary>
/// Answers without any model, so that a fresh server has something to show: it says plainly what it is, at the pace of somebody speaking.
/// </summary>
internal sealed partial class DemoModel(IOptions<AssistantOptions> assistant, TimeProvider time) : IChatClient
{
    public const string Name = "demo";
    private const int MaxQuotedLength = 200;

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pace = TimeSpan.FromSeconds(1.0 / assistant.Value.DemoWordsPerSecond);
        var words = 0;
        foreach (Match word in Words().Matches(AnswerTo([.. messages])))
        {
            await Task.Delay(pace, time, cancellationToken);
            words++;
            yield return new ChatResponseUpdate(ChatRole.Assistant, word.Value) { ModelId = Name };
        }

        yield return new ChatResponseUpdate
        {
            Role = ChatRole.Assistant,
            FinishReason = ChatFinishReason.Stop,
            ModelId = Name,
            Contents = [new UsageContent(new UsageDetails { OutputTokenCount = words })],
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(DemoModel) ? this : null;

    public void Dispose()
    {
    }

    private static string AnswerTo(ChatMessage[] messages)
    {
        if (messages is [.. var before, { Text: var said }, { Text: ModelRequests.Continue }]
            && AnswerTo(before) is var whole && whole.StartsWith(said, StringComparison.Ordinal))
        {
            return whole[said.Length..];
        }

        var asked = messages.LastOrDefault(message => message.Role == ChatRole.User)?.Text.ReplaceLineEndings(" ").Trim() ?? "";
        var quoted = asked.Length <= MaxQuotedLength ? asked : TextRules.Head(asked, MaxQuotedLength) + "…";
        return $$"""
            I am the **demo assistant**: no language model is configured on this server, so I cannot answer what was asked. I can show how an answer arrives, though.

            > {{quoted}}

            ## What you are watching

            Everybody in this chat sees these words at the same moment, each word as it is written. Close this window and open it again: the answer goes on at the server, and you will find it complete.

            1. Your message was *stored* before anything else happened.
            2. The answer was put in the chat's queue.
            3. Its words come to every participant as numbered deltas, so that none is lost and none is shown twice.

            | If you … | then … |
            | --- | --- |
            | press **Stop** | the text so far stays |
            | lose the connection | you go on where you were |
            | join late | you get everything that was said |

            ```csharp
            await foreach (var delta in hub.StreamAsync<ReplyDelta>("Ask", question))
            {
                Console.Write(delta.Text);
            }
            ```

            ## Why I know so little

            I am all this server has: chatting works as it will with a real model behind me, only the thinking is missing. Until then I am happy to say all of this again. 🙂
            """;
    }

    // A word with the white space after it.
    [GeneratedRegex(@"\S+\s*|\s+")]
    private static partial Regex Words();
}
