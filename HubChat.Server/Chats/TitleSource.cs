namespace HubChat.Server.Chats;

/// <summary>Where a title comes from. A later source overwrites an earlier one, never the other way round.</summary>
internal enum TitleSource
{
    None,
    Message,
    Model,
    User,
}
