namespace HubChat.Server.Chats;

/// <summary>Who may stop a reply.</summary>
internal enum StopPolicy
{
    /// <summary>Who asked for it, and the owner.</summary>
    Asker,

    /// <summary>Everybody who may write in the chat.</summary>
    Everyone,
}
