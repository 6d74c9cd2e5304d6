namespace HubChat.Tests.History;

/// <summary>What a line of a history says. A client writes what it received, before it decides what to do with it.</summary>
internal enum RecordKind
{
    /// <summary>A send: one record with <see cref="Outcome.Invoke"/>, later one with how it ended.</summary>
    Send,

    /// <summary>A connection has opened.</summary>
    Connect,

    /// <summary>A connection has ended; the client keeps its positions.</summary>
    Disconnect,

    /// <summary>The client calls <c>WatchChat</c> or <c>StreamReply</c>; with <c>seq</c>, from that position.</summary>
    Watch,

    /// <summary>The client ends its watch or stream, or its watch was refused.</summary>
    Unwatch,

    /// <summary>A snapshot was received; <c>seq</c> is its position. The texts of its replies follow as <see cref="Reset"/> and <see cref="Stored"/>.</summary>
    Snapshot,

    /// <summary>An event was received.</summary>
    Event,

    /// <summary>A reset was received, or a running reply's text in a snapshot.</summary>
    Reset,

    /// <summary>A delta was received.</summary>
    Delta,

    /// <summary>The end of a reply's deltas was received.</summary>
    Done,

    /// <summary>A reply's stored text was received: in a snapshot or with <c>generation.completed</c>.</summary>
    Stored,

    /// <summary>The client fell behind; the answer of a watch follows.</summary>
    Resync,

    /// <summary>The tail check: <c>seq</c> is the chat's newest event.</summary>
    Top,

    /// <summary>The server ended the watch.</summary>
    Closed,

    /// <summary>A server claimed a generation: <c>gen</c>, <c>epoch</c>, <c>owner</c>, <c>fence</c>.</summary>
    Claim,

    /// <summary>A server's measures: <c>heap</c>, <c>outbox</c>, <c>log</c>.</summary>
    Sample,

    /// <summary>The text that marks everything said in the chat.</summary>
    Marker,

    /// <summary>All faults have ended.</summary>
    Heal,

    /// <summary>What the database held at the end: a message.</summary>
    FinalMessage,

    /// <summary>What the database held at the end: an event.</summary>
    FinalEvent,
}
