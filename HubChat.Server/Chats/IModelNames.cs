using HubChat.Server.Identity;

namespace HubChat.Server.Chats;

/// <summary>The models a chat may name; which they are is known further up.</summary>
internal interface IModelNames
{
    /// <summary>The models that somebody may choose.</summary>
    IReadOnlyList<string> NamesFor(UserRole role);

    /// <summary>The model that answers somebody in a chat; null when there is none at all.</summary>
    /// <param name="chosen">The chat's model; null for the default one.</param>
    /// <param name="role">Who asks.</param>
    /// <exception cref="Errors.ChatException">model_not_allowed when the chat's model is not for this person.</exception>
    string? Resolve(string? chosen, UserRole role);
}
