using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Identity;
using HubChat.Server.Realtime;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>Updates as calls of <see cref="IChatHubClient"/>, serialised once and shared by all connections that get them.</summary>
internal static class HubFrames
{
    /// <summary>One delegate for ever: it is the key under which an item keeps its frame.</summary>
    public static readonly Func<OutboxItem, SerializedHubMessage> Encode = item => item switch
    {
        ChatUpdate update => Call(nameof(IChatHubClient.ChatUpdate), ToItem(update)),
        InboxUpdate update => Call(nameof(IChatHubClient.InboxUpdate), ToItem(update)),
        ReconnectNotice notice => Call(nameof(IChatHubClient.Reconnect), (int)notice.After.TotalMilliseconds),
        SessionEndedNotice notice => Call(nameof(IChatHubClient.SessionEnded), JsonNamingPolicy.SnakeCaseLower.ConvertName(notice.Reason.ToString())),
        _ => throw new ArgumentOutOfRangeException(nameof(item)),
    };

    private static SerializedHubMessage Call(string method, object argument) => new(new InvocationMessage(method, [argument]));

    private static ChatUpdateItem ToItem(ChatUpdate update) => update switch
    {
        EventUpdate { Event: var chatEvent } => new() { Kind = "event", ChatId = update.ChatId, Event = chatEvent.ToItem() },
        DeltaUpdate { Delta: var delta } => new ChatUpdateItem { Kind = "", ChatId = update.ChatId }.With(delta),
        TypingUpdate typing => new() { Kind = "typing", ChatId = update.ChatId, UserId = typing.UserId, Typing = typing.Typing },
        PresenceUpdate presence => new() { Kind = "presence", ChatId = update.ChatId, UserIds = presence.UserIds },
        TopUpdate top => new() { Kind = "top", ChatId = update.ChatId, Seq = top.Seq, Degraded = top.Degraded },
        ResyncUpdate { Result: var result } => new() { Kind = "resync", ChatId = update.ChatId, Watch = result.ToItem() },
        ClosedUpdate closed => new() { Kind = "closed", ChatId = update.ChatId, Reason = WireNames.Of(closed.Reason) },
        _ => throw new ArgumentOutOfRangeException(nameof(update)),
    };

    private static InboxUpdateItem ToItem(InboxUpdate update) => update switch
    {
        InboxChatUpdate { Chat: var chat } => new("chat", Chat: chat.ToItem()),
        InboxRemovedUpdate { ChatId: var chatId } => new("removed", ChatId: chatId),
        _ => new("resync"),
    };
}

/// <summary>The server is about to stop.</summary>
internal sealed class ReconnectNotice(TimeSpan after) : OutboxItem
{
    public TimeSpan After { get; } = after;

    public override int Size => 64;
}

/// <summary>The session has ended; the connection is closed next.</summary>
internal sealed class SessionEndedNotice(SessionEnd reason) : OutboxItem
{
    public SessionEnd Reason { get; } = reason;

    public override int Size => 64;
}
