namespace HubChat.Server.Chats;

internal enum MessageRole
{
    User,
    Assistant,
}
