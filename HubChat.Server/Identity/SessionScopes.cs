namespace HubChat.Server.Identity;

/// <summary>What a way in may be used for.</summary>
[Flags]
internal enum SessionScopes
{
    None = 0,

    /// <summary>Chats, at every door.</summary>
    Chat = 1,

    /// <summary>The OpenAI-compatible endpoint.</summary>
    Models = 2,

    /// <summary>Profile, password, sessions and keys. Only signing in gives it.</summary>
    Account = 4,

    All = Chat | Models | Account,
}
