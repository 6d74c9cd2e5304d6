namespace HubChat.Tests.History;

/// <summary>How a send stands, in the sense of Jepsen; or what a client did with an event.</summary>
internal enum Outcome
{
    /// <summary>The call is about to be made.</summary>
    Invoke,

    /// <summary>The server acknowledged.</summary>
    Ok,

    /// <summary>The server refused: nothing has changed.</summary>
    Fail,

    /// <summary>Nobody knows: the connection ended, or time ran out.</summary>
    Unknown,

    /// <summary>The client says that it applied the event; the checker holds it to the rules.</summary>
    Applied,
}
