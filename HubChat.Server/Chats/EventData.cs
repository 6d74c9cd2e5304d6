namespace HubChat.Server.Chats;

/// <summary>What an event says beyond its references; stored as JSON, so members may be added and never renamed.</summary>
internal sealed record EventData
{
    public string? Title { get; init; }

    public TitleSource? TitleSource { get; init; }

    public ChatSettings? Settings { get; init; }

    public ParticipantRole? Role { get; init; }

    /// <summary>The assistant's effective mode from this event on.</summary>
    public AssistantMode? Assistant { get; init; }

    public long? ReadSeq { get; init; }

    public long? Epoch { get; init; }
}
