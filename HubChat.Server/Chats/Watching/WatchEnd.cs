namespace HubChat.Server.Chats.Watching;

/// <summary>Why a watch ended without its reader asking for it.</summary>
internal enum WatchEnd
{
    /// <summary>The reader is not in the chat any more.</summary>
    Removed,

    /// <summary>The chat is gone.</summary>
    Deleted,
}
