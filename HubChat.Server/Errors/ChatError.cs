namespace HubChat.Server.Errors;

/// <summary>The kinds of refusal. A door gives each its own status; the code and the sentence are the same at every door.</summary>
internal enum ChatError
{
    /// <summary>No session, or one that has ended.</summary>
    NotSignedIn,

    /// <summary>Does not exist, or the caller may not know that it does: the two are never told apart.</summary>
    NotFound,

    /// <summary>The caller is in the chat, but its role does not allow this.</summary>
    Forbidden,

    /// <summary>It contradicts what is stored.</summary>
    Conflict,

    /// <summary>The input breaks a rule; the same call can never succeed.</summary>
    Invalid,

    /// <summary>Over a rate or a queue's bound; the same call may succeed later.</summary>
    LimitReached,

    /// <summary>The server cannot take it now; the same call may succeed later.</summary>
    Busy,

    /// <summary>The disk is full.</summary>
    StorageFull,
}
