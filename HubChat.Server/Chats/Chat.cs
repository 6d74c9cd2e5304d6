using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>A conversation of people and the assistant.</summary>
internal sealed class Chat
{
    public const int MaxTitleLength = 200;
    public const int MaxSystemPromptLength = 8_000;

    public required ChatId Id { get; init; }

    public string Title { get; set; } = "";

    public TitleSource TitleSource { get; set; }

    public required UserId OwnerId { get; init; }

    public AssistantMode Assistant { get; set; }

    /// <summary>The name of a model; null means the server's default.</summary>
    public string? Model { get; set; }

    public string? SystemPrompt { get; set; }

    /// <summary>0 to 2; null leaves it to the model.</summary>
    public double? Temperature { get; set; }

    public StopPolicy WhoMayStop { get; set; }

    /// <summary>The number of the newest event. The next one is this plus one, taken in the transaction that writes it: no holes.</summary>
    public long LastSeq { get; set; }

    /// <summary>The newest message; what is posted without a parent continues from here.</summary>
    public MessageId? HeadId { get; set; }

    public int ParticipantCount { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ActivityAt { get; set; }

    /// <summary>The assistant's mode as it works out for the people who are in the chat.</summary>
    public AssistantMode EffectiveAssistant => Assistant is not AssistantMode.Default ? Assistant
        : ParticipantCount > 1 ? AssistantMode.Mention
        : AssistantMode.Always;
}
