using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>What a watcher lacked at its position: a snapshot, or the missing events and text. What follows comes live.</summary>
internal sealed record WatchResult(
    ChatId ChatId, ChatSnapshot? Snapshot, IReadOnlyList<ChatEventView> Events, IReadOnlyList<Delta> Replies, IReadOnlyList<UserId> Presence,
    WatchPosition Position);
