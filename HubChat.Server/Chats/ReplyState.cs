namespace HubChat.Server.Chats;

/// <summary>The state of a message and of the generation that writes it: <c>queued → running → done | stopped | failed | interrupted</c>.</summary>
internal enum ReplyState
{
    Queued,
    Running,

    /// <summary>Complete. People's messages are always done.</summary>
    Done,

    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>The model failed before it said anything.</summary>
    Failed,

    /// <summary>It broke off: the model fell silent, or its server stopped. The partial text stays.</summary>
    Interrupted,
}
