using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>An entry of a delta log, or several joined.</summary>
/// <param name="GenerationId">The reply being made.</param>
/// <param name="MessageId">Its message.</param>
/// <param name="Epoch">The attempt.</param>
/// <param name="Number">A running number within the epoch; joined entries carry the last one's.</param>
internal abstract record Delta(GenerationId GenerationId, MessageId MessageId, long Epoch, long Number);

/// <summary>The whole text so far; what a reader had before is replaced.</summary>
internal sealed record DeltaReset(GenerationId GenerationId, MessageId MessageId, long Epoch, long Number, string Text)
    : Delta(GenerationId, MessageId, Epoch, Number);

/// <summary>More text.</summary>
internal sealed record DeltaText(GenerationId GenerationId, MessageId MessageId, long Epoch, long Number, int Offset, string Text)
    : Delta(GenerationId, MessageId, Epoch, Number)
{
    public int End => Offset + Text.Length;
}

/// <summary>The typed end.</summary>
internal sealed record DeltaDone(GenerationId GenerationId, MessageId MessageId, long Epoch, long Number, DeltaEnd End)
    : Delta(GenerationId, MessageId, Epoch, Number);

/// <summary>The last entry of an epoch, after the end: what came of the reply besides its text. Only who reads entry by entry is told.</summary>
/// <param name="GenerationId">The reply.</param>
/// <param name="MessageId">Its message.</param>
/// <param name="Epoch">The attempt.</param>
/// <param name="Number">One more than the end's.</param>
/// <param name="Title">What the chat was called because of this reply; null when it was not.</param>
internal sealed record DeltaClosed(GenerationId GenerationId, MessageId MessageId, long Epoch, long Number, string? Title)
    : Delta(GenerationId, MessageId, Epoch, Number);
