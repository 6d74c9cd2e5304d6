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

    /// <summary>What a reader at a position lacks, joined; empty when it lacks nothing, null when the log does not know the reply.</summary>
    ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);

    /// <summary>Replays from a position and follows until the end. A reply that has not begun is waited for.</summary>
    IAsyncEnumerable<Delta> FollowAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);
}
