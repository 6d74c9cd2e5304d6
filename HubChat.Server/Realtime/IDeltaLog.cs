using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// The text of replies while they are being written and for a while after. It is replayable from any position and may be lost at any
/// time: what is durable is the message.
/// </summary>
internal interface IDeltaLog
{
    /// <summary>Begins an epoch with the text that is there already.</summary>
    /// <exception cref="StaleEpochException">A newer epoch has begun.</exception>
    ValueTask<DeltaReset> OpenAsync(GenerationId id, MessageId messageId, long epoch, string text, CancellationToken cancellationToken);

    /// <summary>Adds text at the end.</summary>
    /// <exception cref="StaleEpochException">A newer epoch has begun, the log was sealed, or it is lost.</exception>
    ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken);

    /// <summary>Ends the epoch; nothing follows.</summary>
    /// <exception cref="StaleEpochException">As for appending.</exception>
    ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the text of a reply whose message was deleted, whether or not it is still being written: an epoch without text begins and
    /// ends, and nothing more can be written.
    /// </summary>
    /// <param name="id">The reply.</param>
    /// <param name="messageId">Its message.</param>
    /// <param name="epoch">Later than every attempt there was.</param>
    /// <param name="end">The end of a text of length 0.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What those who follow the reply must be told; nothing when it was not being written.</returns>
    ValueTask<IReadOnlyList<Delta>> EraseAsync(
        GenerationId id, MessageId messageId, long epoch, DeltaEnd end, CancellationToken cancellationToken);

    /// <summary>What a reader at a position lacks, joined; empty when it lacks nothing, null when the log does not know the reply.</summary>
    ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);

    /// <summary>Replays from a position and follows until the end. A reply that has not begun is waited for.</summary>
    IAsyncEnumerable<Delta> FollowAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);
}
