namespace HubChat.Server.Realtime;

/// <summary>Entries of an epoch, with how far the epoch has come.</summary>
/// <param name="Entries">In the order of their numbers, without a hole.</param>
/// <param name="LastNumber">The newest entry's number.</param>
/// <param name="IsClosed">Whether nothing will follow the newest entry.</param>
internal sealed record EntryRead(IReadOnlyList<Delta> Entries, long LastNumber, bool IsClosed);
