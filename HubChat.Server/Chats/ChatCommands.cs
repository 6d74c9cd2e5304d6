using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <param name="ChatId">Where.</param>
/// <param name="Text">What.</param>
/// <param name="ClientMessageId">The sender's own id: repeating it repeats nothing.</param>
/// <param name="ParentId">What it continues from; null means the newest message.</param>
/// <param name="Ask">Whether the assistant must answer, whatever the chat's mode says.</param>
internal sealed record PostMessage(ChatId ChatId, string Text, string ClientMessageId, MessageId? ParentId, bool Ask = false)
{
    /// <summary>The id under which the sender's door names the message, unique in the chat; null for the message's own.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The lengths of the parts that <see cref="Text"/> was sent in; null when it is one.</summary>
    public IReadOnlyList<int>? PartLengths { get; init; }

    /// <summary>Whether it is refused while another reply waits or runs in the chat.</summary>
    public bool RequireIdle { get; init; }

    /// <summary>The model of this reply alone; null for the chat's.</summary>
    public string? Model { get; init; }

    /// <summary>The temperature of this reply alone, 0 to 2; null for the chat's.</summary>
    public double? Temperature { get; init; }

    /// <summary>What the whole request can be repeated under, besides <see cref="ClientMessageId"/>.</summary>
    public RequestKey? Key { get; init; }
}

/// <param name="ChatId">Where.</param>
/// <param name="MessageId">The version that the edit replaces; it stays as a sibling.</param>
/// <param name="Text">The new text.</param>
/// <param name="ClientMessageId">The sender's own id.</param>
/// <param name="BaseSeq">The <see cref="Message.ChangedSeq"/> the writer saw; null skips the check.</param>
internal sealed record EditMessage(ChatId ChatId, MessageId MessageId, string Text, string ClientMessageId, long? BaseSeq);

internal sealed record DeleteMessage(ChatId ChatId, MessageId MessageId);

internal sealed record Regenerate(ChatId ChatId, MessageId MessageId, string? ClientMessageId);

internal sealed record ContinueReply(ChatId ChatId, MessageId MessageId);

/// <summary>A message is stored; what concerns the reply is there when the assistant answers it.</summary>
internal sealed record PostedMessage(
    MessageId MessageId, long Seq, DateTimeOffset CreatedAt, MessageId? ReplyId, GenerationId? GenerationId, ReplyState? ReplyState, bool Duplicate);

internal sealed record CreateChat(string? Title, IReadOnlyList<string> UserNames, UpdateSettings Settings);

internal sealed record AddParticipant(ChatId ChatId, string UserName, ParticipantRole Role);

internal sealed record ChangeRole(ChatId ChatId, UserId UserId, ParticipantRole Role);

/// <summary>What is not set stays as it is.</summary>
internal sealed record UpdateSettings(
    Optional<AssistantMode> Assistant, Optional<string?> Model, Optional<string?> SystemPrompt, Optional<double?> Temperature,
    Optional<StopPolicy> WhoMayStop);

internal sealed record SetChatFlags(ChatId ChatId, bool? Pinned, bool? Archived);

internal sealed record ListChats(bool Archived, ChatId? Before, int Limit);

/// <summary>A page of messages in ascending order: before or after a position, or the newest.</summary>
internal sealed record GetMessages(ChatId ChatId, long? BeforeSeq, long? AfterSeq, int Limit);

/// <param name="Query">The words that must all be there.</param>
/// <param name="ChatId">Where; null for all chats of the caller.</param>
/// <param name="Before">Where the former page ended; null for the first.</param>
/// <param name="Limit">At most how many.</param>
internal sealed record SearchMessages(string Query, ChatId? ChatId, SearchPosition? Before, int Limit);

/// <param name="Archived">Which of the two lists.</param>
/// <param name="Order">What comes first.</param>
/// <param name="Offset">How many to pass over, 0 or more.</param>
/// <param name="Limit">At most how many, 1 or more.</param>
internal sealed record ListChatPage(bool Archived, ChatOrder Order, long Offset, int Limit);
