using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>A stored fact about a chat. It refers to messages and people and never copies them, so that deleting a text deletes it everywhere.</summary>
internal sealed class ChatEvent
{
    public required ChatId ChatId { get; init; }

    /// <summary>1, 2, 3 … within the chat, without holes.</summary>
    public required long Seq { get; init; }

    public required ChatEventType Type { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who did it; null when the server did.</summary>
    public UserId? ActorId { get; init; }

    public MessageId? MessageId { get; init; }

    public GenerationId? GenerationId { get; init; }

    /// <summary>The person it is about.</summary>
    public UserId? SubjectId { get; init; }

    public EventData? Data { get; init; }
}
