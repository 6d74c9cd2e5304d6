using HubChat.Server.Chats;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Hubs;

internal sealed record AskRequest(ChatId ChatId, string Text, string ClientMessageId, MessageId? ParentId = null);

internal sealed record PostMessageRequest(ChatId ChatId, string Text, string ClientMessageId, MessageId? ParentId = null);

internal sealed record EditMessageRequest(ChatId ChatId, MessageId MessageId, string Text, string ClientMessageId, long? BaseSeq = null);

internal sealed record MessageRequest(ChatId ChatId, MessageId MessageId);

internal sealed record RegenerateRequest(ChatId ChatId, MessageId MessageId, string? ClientMessageId = null);

internal sealed record GetMessagesRequest(ChatId ChatId, long? BeforeSeq = null, long? AfterSeq = null, int Limit = 50);

internal sealed record SearchMessagesRequest(string Query, ChatId? ChatId = null, string? Before = null, int Limit = 20);

internal sealed record WatchRequest(ChatId ChatId, long? AfterSeq = null, IReadOnlyList<GenerationPosition>? Generations = null);

internal sealed record GenerationPosition(GenerationId Id, long Epoch, int Off);

internal sealed record CreateChatRequest(string? Title = null, IReadOnlyList<string>? Participants = null, SettingsRequest? Settings = null);

internal sealed record RenameChatRequest(ChatId ChatId, string Title);

/// <summary>What is left out stays; null goes back to the default.</summary>
internal record SettingsRequest
{
    public Optional<AssistantMode?> Assistant { get; init; }

    public Optional<string?> Model { get; init; }

    public Optional<string?> SystemPrompt { get; init; }

    public Optional<double?> Temperature { get; init; }

    public Optional<StopPolicy?> WhoMayStop { get; init; }
}

internal sealed record UpdateChatSettingsRequest : SettingsRequest
{
    public required ChatId ChatId { get; init; }
}

internal sealed record AddParticipantRequest(ChatId ChatId, string Username, ParticipantRole Role = ParticipantRole.Member);

internal sealed record ParticipantRequest(ChatId ChatId, UserId UserId);

internal sealed record ChangeRoleRequest(ChatId ChatId, UserId UserId, ParticipantRole Role);

internal sealed record ListChatsRequest(bool Archived = false, ChatId? Before = null, int Limit = 50);

internal sealed record SetChatFlagsRequest(ChatId ChatId, bool? Pinned = null, bool? Archived = null);
