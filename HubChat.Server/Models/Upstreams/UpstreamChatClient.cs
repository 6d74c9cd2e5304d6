using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>What the clients of all upstreams have in common: an answer at once is its stream, folded.</summary>
/// <param name="metadata">Which server and model it is, for traces and measurements.</param>
internal abstract class UpstreamChatClient(ChatClientMetadata metadata) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public abstract IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // The HTTP client belongs to the upstream, which other models share.
    }
}
