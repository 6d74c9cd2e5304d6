using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>
/// The text of replies while they are being written and for a while after. It is replayable from any position and may be lost at any
/// time: what is durable is the message.
/// </summary>
internal interface IDeltaLog
{
    /// <summary>
    /// Another process has added something to a reply that is known here. Raised in the order of the entries, at once: whoever listens must not
    /// wait for anything.
    /// </summary>
    event Action<ReplyOrigin, Delta>? Arrived;

    /// <summary>Begins an epoch with the text that is there already.</summary>
    /// <exception cref="StaleEpochException">A newer epoch has begun.</exception>
    ValueTask<DeltaReset> OpenAsync(ReplyOrigin reply, long epoch, string text, CancellationToken cancellationToken);

    /// <summary>Adds text at the end.</summary>
    /// <exception cref="StaleEpochException">A newer epoch has begun, the log was sealed, or it is lost.</exception>
    ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken);

    /// <summary>Ends the epoch; nothing follows.</summary>
    /// <exception cref="StaleEpochException">As for appending.</exception>
    ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken);

    /// <summary>Says, once the end is there, what came of the reply besides its text; then nothing follows at all.</summary>
    /// <param name="id">The reply.</param>
    /// <param name="epoch">The attempt.</param>
    /// <param name="title">What the chat was called because of it; null when it was not.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StaleEpochException">The epoch is not the log's, or has not ended.</exception>
    ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the text of a reply whose message was deleted, whether or not it is still being written: an epoch without text begins and
    /// ends, and nothing more can be written.
    /// </summary>
    /// <param name="reply">The reply.</param>
    /// <param name="epoch">Later than every attempt there was.</param>
    /// <param name="end">The end of a text of length 0.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What those who follow the reply must be told; nothing when it was not being written.</returns>
    ValueTask<IReadOnlyList<Delta>> EraseAsync(ReplyOrigin reply, long epoch, DeltaEnd end, CancellationToken cancellationToken);

    /// <summary>Ends a reply for those who wait for it, whose writer has not: it died, or never began. One that has ended stays as it is.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="epoch">Later than every attempt there was.</param>
    /// <param name="text">What is stored of it.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask EndAsync(ReplyOrigin reply, long epoch, string text, DeltaEnd end, CancellationToken cancellationToken);

    /// <summary>What a reader at a position lacks, joined; empty when it lacks nothing, null when the log does not know the reply.</summary>
    ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);

    /// <summary>Replays from a position and follows until the end. A reply that has not begun is waited for.</summary>
    IAsyncEnumerable<Delta> FollowAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken);

    /// <summary>
    /// The entries of an epoch as they were written, one by one: the same for every reader, whenever it reads. What is erased meanwhile
    /// was not: then there is nothing of the epoch any more.
    /// </summary>
    /// <param name="id">The reply.</param>
    /// <param name="epoch">The attempt.</param>
    /// <param name="afterNumber">The last entry the reader has; 0 for none.</param>
    /// <param name="max">Entries to read at once, 1 or more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when the log does not know the reply, or not this attempt at it, or no longer.</returns>
    ValueTask<EntryRead?> ReadEntriesAsync(GenerationId id, long epoch, long afterNumber, int max, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until the log may have an entry after <paramref name="afterNumber"/>, or another epoch, or does not know the reply any more. After
    /// 0 a reply that has not begun is waited for.
    /// </summary>
    Task WaitForEntryAsync(GenerationId id, long epoch, long afterNumber, CancellationToken cancellationToken);
}
