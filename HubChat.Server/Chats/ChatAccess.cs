using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>
/// The one decision about who may do what in a chat; every door comes through here. A chat that the caller is not in does not exist
/// for the caller.
/// </summary>
internal static class ChatAccess
{
    /// <exception cref="ChatException">NotFound when the caller is not in the chat, Forbidden when its role does not allow the operation.</exception>
    public static ChatGrant Require(ChatId chatId, Participant? caller, CurrentUser user, ChatOperation operation)
    {
        if (caller is null || caller.UserId != user.Id || caller.ChatId != chatId || !user.MayChat)
        {
            throw ChatException.NotFound("chat");
        }

        var grant = new ChatGrant(chatId, user, caller.Role);
        Require(grant, operation);
        return grant;
    }

    /// <summary>For what names no chat.</summary>
    /// <exception cref="ChatException">Forbidden when an API key is not for chats.</exception>
    public static void RequireScope(CurrentUser user)
    {
        if (!user.MayChat)
        {
            throw ChatException.Forbidden("This API key does not have the scope 'chat'.");
        }
    }

    /// <summary>Decides once more, for what needed a look into the chat first.</summary>
    /// <exception cref="ChatException">Forbidden when the role does not allow the operation.</exception>
    public static void Require(ChatGrant grant, ChatOperation operation)
    {
        if (!Allows(grant.Role, operation))
        {
            throw ChatException.Forbidden(
                grant.Role is ParticipantRole.Reader ? "Readers of a chat may not do this." : "Only the owner of the chat may do this.");
        }
    }

    /// <summary>The authorization matrix.</summary>
    public static bool Allows(ParticipantRole role, ChatOperation operation) => operation switch
    {
        ChatOperation.Read or ChatOperation.KeepPlace => true,
        ChatOperation.Leave => role is not ParticipantRole.Owner,
        ChatOperation.Write or ChatOperation.Stop or ChatOperation.DeleteMessage => role is not ParticipantRole.Reader,
        ChatOperation.Manage or ChatOperation.Delete => role is ParticipantRole.Owner,
        _ => false,
    };

    public static void RequireMayStop(Chat chat, ChatGrant grant, UserId asker)
    {
        if (grant.Role is not ParticipantRole.Owner && grant.User.Id != asker && chat.WhoMayStop is StopPolicy.Asker)
        {
            throw ChatException.Forbidden("Only who asked and the owner of the chat may stop this reply.");
        }
    }

    public static void RequireMayDelete(ChatGrant grant, Message message)
    {
        if (grant.Role is not ParticipantRole.Owner && grant.User.Id != message.AuthorId)
        {
            throw ChatException.Forbidden("Only its author and the owner of the chat may delete this message.");
        }
    }

    public static void RequireMayEdit(ChatGrant grant, Message message)
    {
        if (message.Role is not MessageRole.User || grant.User.Id != message.AuthorId)
        {
            throw ChatException.Forbidden("Only its author may edit a message.");
        }
    }
}
