namespace HubChat.Server.Chats;

/// <summary>The order of a list of chats; of two that are alike the one with the greater id comes first.</summary>
internal enum ChatOrder
{
    /// <summary>Where something was said last comes first.</summary>
    Updated,

    /// <summary>The newest comes first.</summary>
    Created,
}
