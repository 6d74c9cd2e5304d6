using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>Where a watcher is: the newest event it has, and how far it has read the replies that are being written.</summary>
/// <param name="Seq">The newest event; null asks for a snapshot.</param>
/// <param name="Generations">Positions in running replies.</param>
internal sealed record WatchPosition(long? Seq, IReadOnlyDictionary<GenerationId, StreamPosition> Generations);
