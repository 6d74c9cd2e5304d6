using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>
/// Proof that <see cref="ChatAccess"/> has allowed something. What reads a chat for somebody asks for a grant instead of an id, so no
/// door can reach a message without the check.
/// </summary>
internal sealed record ChatGrant
{
    internal ChatGrant(ChatId chatId, CurrentUser user, ParticipantRole role)
    {
        ChatId = chatId;
        User = user;
        Role = role;
    }

    public ChatId ChatId { get; }

    public CurrentUser User { get; }

    public ParticipantRole Role { get; }
}
