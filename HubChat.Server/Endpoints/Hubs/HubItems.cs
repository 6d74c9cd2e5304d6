using System.Text.Json.Serialization;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Hubs;

internal sealed record ChatItem(
    ChatId Id, string Title, TitleSource TitleSource, UserId OwnerId, SettingsItem Settings, IReadOnlyList<ParticipantItem> Participants,
    long Seq, MessageId? HeadId, DateTimeOffset CreatedAt);

internal sealed record SettingsItem(
    AssistantMode Assistant, bool AssistantIsDefault, string? Model, double? Temperature, StopPolicy WhoMayStop, string? SystemPrompt = null);

internal sealed record ParticipantItem(
    UserId UserId, string Username, string DisplayName, ParticipantRole Role, long JoinedSeq, long ReadSeq);

internal sealed record MessageItem
{
    public required MessageId Id { get; init; }

    public required long Seq { get; init; }

    public required long ChangedSeq { get; init; }

    public required MessageRole Role { get; init; }

    /// <summary>Null for the assistant.</summary>
    public UserId? AuthorId { get; init; }

    public required string AuthorName { get; init; }

    public required string Text { get; init; }

    public required ReplyState State { get; init; }

    public MessageId? ParentId { get; init; }

    public MessageId? EditOf { get; init; }

    public string? ClientMessageId { get; init; }

    public GenerationId? GenerationId { get; init; }

    public UserId? AskerId { get; init; }

    public string? Model { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public string? FinishReason { get; init; }

    public ReplyErrorItem? Error { get; init; }

    public UserId? StoppedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }
}

internal sealed record ReplyErrorItem(string Code, string Message, DateTimeOffset? RetryAt = null);

internal sealed record EventItem
{
    public required long Seq { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset At { get; init; }

    public UserId? ActorId { get; init; }

    public string? Title { get; init; }

    public TitleSource? TitleSource { get; init; }

    public SettingsItem? Settings { get; init; }

    public ParticipantItem? Participant { get; init; }

    public AssistantMode? Assistant { get; init; }

    public UserId? UserId { get; init; }

    public ParticipantRole? Role { get; init; }

    public MessageItem? Message { get; init; }

    public MessageId? MessageId { get; init; }

    public GenerationId? GenerationId { get; init; }

    public long? Epoch { get; init; }

    public long? ReadSeq { get; init; }
}

internal sealed record ModelItem(string Name, string Provider, int ContextTokens, int MaxOutputTokens, bool Default);

internal sealed record ModelsItem(IReadOnlyList<ModelItem> Models);

internal sealed record MessagesItem(IReadOnlyList<MessageItem> Messages, bool HasMore) : LargeAnswer;

internal sealed record PostResult(
    MessageId MessageId, long Seq, DateTimeOffset CreatedAt, MessageId? ReplyId, GenerationId? GenerationId, bool Duplicate);

internal sealed record DeleteResult(long Seq);

internal sealed record StopResult(string State);

/// <summary>What says something about a reply that is being written, on a stream or among a chat's updates.</summary>
internal record ReplyFields
{
    public required string Kind { get; init; }

    public GenerationId? GenerationId { get; init; }

    public MessageId? MessageId { get; init; }

    public long? Epoch { get; init; }

    public long? N { get; init; }

    public int? Off { get; init; }

    public string? Text { get; init; }

    public string? State { get; init; }

    public int? Length { get; init; }

    public string? Hash { get; init; }

    public ReplyErrorItem? Error { get; init; }
}

internal sealed record ReplyDeltaItem : ReplyFields
{
    public MessageId? AskId { get; init; }

    public long? Seq { get; init; }
}

internal sealed record SnapshotItem(ChatItem Chat, IReadOnlyList<MessageItem> Messages, bool HasMore, IReadOnlyList<UserId> Presence);

internal sealed record PositionItem(long Seq, IReadOnlyList<GenerationPosition> Generations);

internal sealed record WatchItem(
    ChatId ChatId, SnapshotItem? Snapshot, IReadOnlyList<EventItem>? Events, IReadOnlyList<ReplyDeltaItem>? Replies, IReadOnlyList<UserId>? Presence,
    PositionItem Position) : LargeAnswer
{
    /// <summary>The watch that begins when its client has this answer.</summary>
    [JsonIgnore]
    public ChatWatch? Watch { get; init; }

    public override void Written()
    {
        Watch?.Release();
        base.Written();
    }
}

internal sealed record ChatUpdateItem : ReplyFields
{
    public required ChatId ChatId { get; init; }

    public EventItem? Event { get; init; }

    public UserId? UserId { get; init; }

    public bool? Typing { get; init; }

    public IReadOnlyList<UserId>? UserIds { get; init; }

    public long? Seq { get; init; }

    public IReadOnlyList<string>? Degraded { get; init; }

    public WatchItem? Watch { get; init; }

    public string? Reason { get; init; }
}

internal sealed record ChatSummaryItem(
    ChatId Id, string Title, ParticipantRole Role, long Seq, long ReadSeq, int Unread, bool Running, bool Pinned, bool Archived,
    int ParticipantCount, DateTimeOffset ActivityAt, LastMessageItem? LastMessage);

internal sealed record LastMessageItem(
    MessageId Id, MessageRole Role, UserId? AuthorId, string AuthorName, string Preview, ReplyState State, DateTimeOffset At);

internal sealed record ChatsItem(IReadOnlyList<ChatSummaryItem> Chats, bool HasMore);

internal sealed record InboxUpdateItem(string Kind, ChatSummaryItem? Chat = null, ChatId? ChatId = null);

internal sealed record SearchHitItem(
    ChatId ChatId, string ChatTitle, MessageId MessageId, long Seq, MessageRole Role, UserId? AuthorId, string AuthorName, DateTimeOffset CreatedAt,
    SnippetItem Snippet);

internal sealed record SnippetItem(string Text, IReadOnlyList<RangeItem> Hits);

internal sealed record RangeItem(int Off, int Length);

internal sealed record SearchItem(IReadOnlyList<SearchHitItem> Hits, string? Next);
