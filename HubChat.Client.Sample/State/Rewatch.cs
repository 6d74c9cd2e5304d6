namespace HubChat.Client.Sample.State;

/// <summary>Whether <c>WatchChat</c> must be called again, the stronger need being the larger.</summary>
internal enum Rewatch
{
    None,

    /// <summary>Something is missing: ask for what came after the position.</summary>
    FromPosition,

    /// <summary>What is here is wrong: ask for a snapshot.</summary>
    Anew,
}
