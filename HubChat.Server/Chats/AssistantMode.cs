namespace HubChat.Server.Chats;

/// <summary>When the assistant answers.</summary>
internal enum AssistantMode
{
    /// <summary><see cref="Always"/> while one person is in the chat, <see cref="Mention"/> from the second on.</summary>
    Default,

    /// <summary>Every message.</summary>
    Always,

    /// <summary>Messages that contain <c>@assistant</c>.</summary>
    Mention,

    /// <summary>Never.</summary>
    Off,
}
