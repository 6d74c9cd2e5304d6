using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>A change to somebody's list of chats.</summary>
internal abstract class InboxUpdate : OutboxItem
{
    public override int Size => 600;
}

/// <summary>A chat that is new in the list, or changed.</summary>
internal sealed class InboxChatUpdate(ChatSummary chat) : InboxUpdate
{
    public ChatSummary Chat { get; } = chat;

    public override OutboxItem? JoinedWith(OutboxItem next) => next is InboxChatUpdate newer && newer.Chat.Id == Chat.Id ? newer : null;
}

internal sealed class InboxRemovedUpdate(ChatId chatId) : InboxUpdate
{
    public ChatId ChatId { get; } = chatId;
}

/// <summary>Updates were dropped for this reader; it must ask for the list again.</summary>
internal sealed class InboxResyncUpdate : InboxUpdate;
