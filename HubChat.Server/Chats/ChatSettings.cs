namespace HubChat.Server.Chats;

/// <summary>The settings everybody in a chat may know. The system prompt is not among them: only the owner reads it.</summary>
internal sealed record ChatSettings(AssistantMode Assistant, bool AssistantIsDefault, string? Model, double? Temperature, StopPolicy WhoMayStop)
{
    public static ChatSettings Of(Chat chat) =>
        new(chat.EffectiveAssistant, chat.Assistant is AssistantMode.Default, chat.Model, chat.Temperature, chat.WhoMayStop);
}
