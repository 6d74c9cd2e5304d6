namespace HubChat.Server.Usage;

/// <summary>What a model was called for.</summary>
internal enum CallKind
{
    /// <summary>A reply in a chat.</summary>
    Reply,

    /// <summary>The title of a chat.</summary>
    Title,

    /// <summary>A program's own call, outside any chat.</summary>
    Completion,
}
