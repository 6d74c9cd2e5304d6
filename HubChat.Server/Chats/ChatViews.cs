using HubChat.Server.Ids;
using HubChat.Server.Text;

namespace HubChat.Server.Chats;

/// <summary>A person in a chat, with the names the server knows.</summary>
internal sealed record ParticipantView(UserId UserId, string UserName, string DisplayName, ParticipantRole Role, long JoinedSeq, long ReadSeq);

/// <summary>A message with its author's name as it is now.</summary>
internal sealed record MessageView(Message Message, string AuthorName);

/// <summary>An event with what it refers to.</summary>
internal sealed record ChatEventView(ChatEvent Event, MessageView? Message = null, ParticipantView? Participant = null)
{
    public long Seq => Event.Seq;

    public ChatEventType Type => Event.Type;

    /// <summary>What the chat is called from here on; empty when that was taken from a message that is deleted now.</summary>
    public string? Title => Event.Data?.Title
        ?? (Type is ChatEventType.ChatRenamed && Message is { Message: var source } ? ChatTitle.FromMessage(source.Text) : null);
}

/// <summary>A chat with its people, as <paramref name="Caller"/> may see it.</summary>
internal sealed record ChatView(Chat Chat, IReadOnlyList<ParticipantView> Participants, UserId Caller);

internal sealed record MessagePage(IReadOnlyList<MessageView> Messages, bool HasMore);

/// <summary>A generation that waits or runs.</summary>
internal sealed record ActiveGeneration(GenerationId Id, MessageId MessageId, ReplyState State);

/// <summary>A chat read in one go: everything belongs to the same moment, <c>Chat.Chat.LastSeq</c>.</summary>
internal sealed record ChatSnapshot(ChatView Chat, MessagePage Messages, IReadOnlyList<ActiveGeneration> Generations);

/// <summary>The events after a position, read in one go with what runs at that moment.</summary>
internal sealed record EventPage(IReadOnlyList<ChatEventView> Events, long LastSeq, IReadOnlyList<ActiveGeneration> Generations);

/// <summary>A line of somebody's chat list.</summary>
internal sealed record ChatSummary(
    ChatId Id, string Title, ParticipantRole Role, long Seq, long ReadSeq, int Unread, bool Running, bool Pinned, bool Archived,
    int ParticipantCount, DateTimeOffset ActivityAt, MessageView? LastMessage);

internal sealed record ChatPage(IReadOnlyList<ChatSummary> Chats, bool HasMore);

/// <summary>A line of a numbered page of chats.</summary>
/// <param name="Id">The chat.</param>
/// <param name="Title">Its title; may be empty.</param>
/// <param name="LastText">The text of its newest message that has one; empty when there is none.</param>
/// <param name="ActivityAt">When something was last said.</param>
internal sealed record ChatLine(ChatId Id, string Title, string LastText, DateTimeOffset ActivityAt);

/// <param name="Chats">The page.</param>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record ChatListing(IReadOnlyList<ChatLine> Chats, long Total);

/// <summary>A message that a search has found.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ExternalId">What its sender's door calls it, if that has a name for it.</param>
/// <param name="ChatId">Where it stands.</param>
/// <param name="ChatTitle">What that is called; may be empty.</param>
/// <param name="Seq">The event that brought it.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="AuthorId">Who wrote it, or for whom the assistant did.</param>
/// <param name="AuthorName">What the author is called now.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Text">Its text, as far as it is searched.</param>
internal sealed record FoundMessage(
    MessageId Id, string? ExternalId, ChatId ChatId, string ChatTitle, long Seq, MessageRole Role, UserId AuthorId, string AuthorName,
    DateTimeOffset CreatedAt, string Text)
{
    public SearchPosition Position => new(CreatedAt, Seq, Id);
}

internal sealed record SearchHit(FoundMessage Message, Snippet Snippet);

/// <param name="Hits">The page.</param>
/// <param name="Next">Where the next one begins; null when there is none.</param>
internal sealed record SearchPage(IReadOnlyList<SearchHit> Hits, SearchPosition? Next);
