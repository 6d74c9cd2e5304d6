using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>Measures and traces the calls of a model. No text of a message and no header is in what it tells.</summary>
internal sealed class TelemetryChatClient(IChatClient inner, TimeProvider time) : DelegatingChatClient(inner)
{
    private readonly ChatClientMetadata _metadata = inner.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata ?? new ChatClientMetadata();

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var call = new ModelCall(_metadata, options, isStreamed: false, time);
        try
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            call.OnResponse(response);
            return response;
        }
        catch (Exception failure)
        {
            call.OnFailed(failure);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = new ModelCall(_metadata, options, isStreamed: true, time);
        await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception failure)
            {
                call.OnFailed(failure);
                throw;
            }

            call.OnUpdate(updates.Current);
            yield return updates.Current;
        }
    }
}
