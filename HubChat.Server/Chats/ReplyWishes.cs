namespace HubChat.Server.Chats;

/// <summary>What holds for one reply alone.</summary>
/// <param name="Model">The model; null for the chat's.</param>
/// <param name="Temperature">0 to 2; null for the chat's.</param>
/// <param name="OpensChat">Whether the chat is made by the request that asks.</param>
internal readonly record struct ReplyWishes(string? Model = null, double? Temperature = null, bool OpensChat = false)
{
    public static readonly ReplyWishes None;
}
