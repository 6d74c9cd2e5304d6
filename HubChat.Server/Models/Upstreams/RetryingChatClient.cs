using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// Asks again when a model was busy or out of reach, as long as nothing of its answer was seen. What was seen cannot be taken back, so
/// from then on a failure is the answer's end.
/// </summary>
internal sealed partial class RetryingChatClient(IChatClient inner, TimeProvider time, ILogger<RetryingChatClient> logger) : DelegatingChatClient(inner)
{
    public const int MaxRetries = 2;

    /// <summary>The longest wait that somebody watching is made to sit through.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        for (var retries = 0; ; retries++)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (ModelException failure) when (MayRetry(failure, retries))
            {
                await PauseAsync(failure, retries, cancellationToken);
            }
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var wasSeen = false;
        for (var retries = 0; ; retries++)
        {
            ModelException? failure = null;
            await using (var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken))
            {
                while (true)
                {
                    try
                    {
                        if (!await updates.MoveNextAsync())
                        {
                            yield break;
                        }
                    }
                    catch (ModelException caught) when (!wasSeen && MayRetry(caught, retries))
                    {
                        failure = caught;
                        break;
                    }

                    wasSeen |= updates.Current.IsVisible;
                    yield return updates.Current;
                }
            }

            await PauseAsync(failure, retries, cancellationToken);
        }
    }

    private static bool MayRetry(ModelException failure, int retries) =>
        failure.IsTransient && retries < MaxRetries && (failure.RetryAfter ?? TimeSpan.Zero) <= MaxRetryAfter;

    private async Task PauseAsync(ModelException failure, int retries, CancellationToken cancellationToken)
    {
        // Many who were turned away together must not come back together.
        var backOff = FirstPause * Math.Pow(2, retries) * (0.5 + Random.Shared.NextDouble());
        var pause = failure.RetryAfter is { } told && told > backOff ? told : backOff;
        LogRetry(failure.Code, failure.Status, retries + 1, pause);
        await Task.Delay(pause, time, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "A model could not answer ({Code}, status {Status}); retry {Retry} comes in {Pause}")]
    private partial void LogRetry(string code, int? status, int retry, TimeSpan pause);
}
