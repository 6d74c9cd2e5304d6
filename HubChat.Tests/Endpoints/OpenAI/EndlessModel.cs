using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace HubChat.Tests.Endpoints.OpenAI;

/// <summary>A model that never stops talking, as fast as it is listened to.</summary>
internal sealed class EndlessModel : IChatClient
{
    public const int PieceLength = 64 * 1_024;
    private static readonly string Piece = new('x', PieceLength);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many pieces were taken.</summary>
    public int Pieces { get; private set; }

    /// <summary>Completes when the server no longer wants the answer.</summary>
    public Task Cancelled => _cancelled.Task;

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse());

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await Task.Yield();
                Pieces++;
                yield return new ChatResponseUpdate(ChatRole.Assistant, Piece);
            }
        }
        finally
        {
            _cancelled.TrySetResult();
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
