namespace HubChat.Tests.History;

/// <summary>What a run must never break.</summary>
internal enum Rule
{
    /// <summary>What was acknowledged is in the database exactly once, what was refused is not, what is unknown at most once.</summary>
    Durable,

    /// <summary>The events of a chat are numbered 1 … N.</summary>
    GapFree,

    /// <summary>Every client applies one and the same log, without a hole.</summary>
    SameOrder,

    /// <summary>Every client ends with the reply's final text, whatever was repeated on the way.</summary>
    Text,

    /// <summary>What was acknowledged before another send began comes before it.</summary>
    RealTime,

    /// <summary>Attempts at a reply follow one another, each with one owner.</summary>
    Fence,

    /// <summary>No living reply is silent for long, and none hangs in the end.</summary>
    Takeover,

    /// <summary>Nobody sees what they have no right to.</summary>
    Leak,

    /// <summary>Servers stay under their limits.</summary>
    Memory,
}
