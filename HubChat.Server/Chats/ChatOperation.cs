namespace HubChat.Server.Chats;

/// <summary>What somebody may do to a chat: the rows of the authorization matrix.</summary>
internal enum ChatOperation
{
    /// <summary>See the chat, its people, messages and events; watch and stream.</summary>
    Read,

    /// <summary>Keep one's own read position and marks.</summary>
    KeepPlace,

    /// <summary>Post, edit one's own, ask, regenerate, continue, type.</summary>
    Write,

    /// <summary>Stop a reply; whose, <see cref="ChatAccess.RequireMayStop"/> decides.</summary>
    Stop,

    /// <summary>Delete a message; whose, <see cref="ChatAccess.RequireMayDelete"/> decides.</summary>
    DeleteMessage,

    /// <summary>Leave the chat.</summary>
    Leave,

    /// <summary>Invite, remove, change roles, rename, change settings.</summary>
    Manage,

    /// <summary>Delete the chat.</summary>
    Delete,
}
