using static HubChat.Tests.Endpoints.Hubs.MatrixRole;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>The authorization matrix of the hub: every method, and who may call it.</summary>
internal static class HubOperations
{
    private static readonly MatrixRole[] Readers = [Owner, Member, OtherMember, Reader, ChatKey];
    private static readonly MatrixRole[] Writers = [Owner, Member, OtherMember, ChatKey];
    private static readonly MatrixRole[] Managers = [Owner, ChatKey];

    public static readonly IReadOnlyList<HubOperation> All =
    [
        new("GetChat", on => [on.ChatId], Readers),
        new("GetMessages", on => [new { chatId = on.ChatId }], Readers),
        new("SearchMessages in-a-chat", on => [new { query = "hello", chatId = on.ChatId }], Readers) { ModelsKey = Verdict.Forbidden },
        new("WatchChat", on => [new { chatId = on.ChatId }], Readers),
        new("WatchChat from-a-position", on => [new { chatId = on.ChatId, afterSeq = 1 }], Readers),
        new("StreamReply", on => [on.GenerationId, 0, 0], Readers) { NeedsReplies = true },
        new("MarkRead", on => [on.ChatId, 1_000], Readers),
        new("SetChatFlags", on => [new { chatId = on.ChatId, pinned = true }], Readers) { ModelsKey = Verdict.Forbidden },

        new("PostMessage", on => [new { chatId = on.ChatId, text = "Hello", clientMessageId = MatrixTarget.NewClientMessageId() }], Writers),
        new("Ask", on => [new { chatId = on.ChatId, text = "Hello", clientMessageId = MatrixTarget.NewClientMessageId() }], Writers),
        new("Regenerate", on => [new { chatId = on.ChatId, messageId = on.EndedId }], Writers) { NeedsReplies = true },
        new("ContinueReply", on => [new { chatId = on.ChatId, messageId = on.StoppedId }], Writers) { NeedsReplies = true },
        new("Typing", on => [on.ChatId, true], Writers),

        new("EditMessage", on => [EditOf(on)], Member),
        new("DeleteMessage", on => [new { chatId = on.ChatId, messageId = on.MessageId }], Owner, Member, ChatKey),
        new("DeleteMessage of-a-reply", on => [new { chatId = on.ChatId, messageId = on.EndedId }], Owner, Member, ChatKey) { NeedsReplies = true },
        new("StopGeneration", on => [on.GenerationId], Owner, Member, ChatKey) { NeedsReplies = true },

        new("RenameChat", on => [new { chatId = on.ChatId, title = "A new name" }], Managers),
        new("UpdateChatSettings", on => [new { chatId = on.ChatId, assistant = "off" }], Managers),
        new("AddParticipant", on => [new { chatId = on.ChatId, username = AuthorizationWorld.NameOf(Stranger) }], Managers),
        new("ChangeRole", on => [new { chatId = on.ChatId, userId = on.GuestId, role = "reader" }], Managers),
        new("RemoveParticipant", on => [new { chatId = on.ChatId, userId = on.GuestId }], Managers),
        new("RemoveParticipant oneself", on => [new { chatId = on.ChatId, userId = on.SelfId }], Member, OtherMember, Reader),
        new("DeleteChat", on => [on.ChatId], Managers),

        new("CreateChat", _ => [new { title = "Another" }]) { IsOpen = true, ModelsKey = Verdict.Forbidden },
        new("ListChats", _ => [new { }]) { IsOpen = true, ModelsKey = Verdict.Forbidden },
        new("SearchMessages", _ => [new { query = "hello" }]) { IsOpen = true, ModelsKey = Verdict.Forbidden },
        new("WatchInbox", _ => []) { IsOpen = true, ModelsKey = Verdict.Forbidden },

        // What there is says nothing of any chat.
        new("ListModels", _ => []) { IsOpen = true, ModelsKey = Verdict.Allowed },

        // Says the same of every chat, so it says nothing.
        new("UnwatchChat", on => [on.ChatId]) { IsOpen = true, ModelsKey = Verdict.Allowed },
    ];

    private static object EditOf(MatrixTarget on) =>
        new { chatId = on.ChatId, messageId = on.MessageId, text = "Hello again", clientMessageId = MatrixTarget.NewClientMessageId() };
}
