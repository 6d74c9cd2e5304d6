namespace HubChat.Server.Realtime;

/// <summary>What a reader lacked, and where it stands when it has taken it.</summary>
internal sealed record DeltaRead(IReadOnlyList<Delta> Deltas, StreamPosition Position, bool IsSealed);
