namespace HubChat.Client.Sample.Contract;

internal sealed record Chat(
    string Id, string Title, string OwnerId, ChatSettings Settings, IReadOnlyList<Participant> Participants, long Seq);

internal sealed record ChatSettings(string Assistant, bool AssistantIsDefault = false, string? Model = null, string? WhoMayStop = null);

internal sealed record Participant(string UserId, string Username, string DisplayName, string Role, long JoinedSeq = 0, long ReadSeq = 0);

internal sealed record ChatSummary(
    string Id, string Title, string Role, long Seq, int Unread, bool Running, int ParticipantCount, DateTimeOffset ActivityAt,
    bool Pinned = false, LastMessage? LastMessage = null);

internal sealed record LastMessage(string Id, string? AuthorName, string Preview);

internal sealed record ChatList(IReadOnlyList<ChatSummary> Chats, bool HasMore);

internal sealed record CreateChatRequest(string? Title = null, IReadOnlyList<string>? Participants = null);

internal sealed record RenameChatRequest(string ChatId, string Title);

internal sealed record UpdateChatSettingsRequest(string ChatId, string? Assistant = null, string? Model = null, string? WhoMayStop = null);

internal sealed record Model(string Name, string? Provider = null, bool Default = false);

internal sealed record ModelList(IReadOnlyList<Model> Models);

internal sealed record AddParticipantRequest(string ChatId, string Username, string? Role = null);

internal sealed record RemoveParticipantRequest(string ChatId, string UserId);

internal sealed record ListChatsRequest(string? Before = null, int? Limit = null);
