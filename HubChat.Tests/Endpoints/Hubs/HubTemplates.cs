namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>A right call of every hub method.</summary>
internal static class HubTemplates
{
    private static readonly (string, string) Chat = ("chatId", "\"$chat\"");
    private static readonly (string, string) Message = ("messageId", "\"$message\"");
    private static readonly (string, string) Reply = ("messageId", "\"$reply\"");
    private static readonly (string, string) Parent = ("parentId", "\"$message\"");
    private static readonly (string, string) Text = ("text", "\"Hello\"");
    private static readonly (string, string) Key = ("clientMessageId", "\"bad\"");
    private static readonly (string, string) Title = ("title", "\"A name\"");
    private static readonly (string, string) User = ("userId", "\"$bob\"");

    private static readonly (string, string)[] Settings =
        [("assistant", "\"off\""), ("model", "\"scripted\""), ("systemPrompt", "\"x\""), ("temperature", "1"), ("whoMayStop", "\"asker\"")];

    public static readonly IReadOnlyList<HubTemplate> All =
    [
        new("Ask", [Chat, Text, Key, Parent], Required: 3),
        new("PostMessage", [Chat, Text, Key, Parent], Required: 3),
        new("EditMessage", [Chat, Message, Text, Key, ("baseSeq", "1")], Required: 4),
        new("DeleteMessage", [Chat, Message], Required: 2),
        new("Regenerate", [Chat, Reply, Key], Required: 2),
        new("ContinueReply", [Chat, Reply], Required: 2),
        new("GetMessages", [Chat, ("limit", "10"), ("beforeSeq", "1")], Required: 1),
        new("SearchMessages", [("query", "\"hello\""), Chat, ("limit", "10")], Required: 1),
        new("WatchChat", [Chat, ("afterSeq", "1"), ("generations", """[{"id":"$generation","epoch":1,"off":0}]""")], Required: 1),
        new("CreateChat", [Title, ("participants", """["bob"]"""), ("settings", """{"assistant":"off"}""")], Required: 0),
        new("RenameChat", [Chat, Title], Required: 2),
        new("UpdateChatSettings", [Chat, .. Settings], Required: 1),
        new("AddParticipant", [Chat, ("username", "\"bob\""), ("role", "\"member\"")], Required: 2),
        new("RemoveParticipant", [Chat, User], Required: 2),
        new("ChangeRole", [Chat, User, ("role", "\"reader\"")], Required: 3),
        new("ListChats", [("archived", "false"), ("before", "\"$chat\""), ("limit", "10")], Required: 0),
        new("SetChatFlags", [Chat, ("pinned", "true"), ("archived", "true")], Required: 1),

        new("StreamReply", [("generationId", "\"$generation\""), ("epoch", "0"), ("off", "0")], Required: 3) { IsRequest = false },
        new("StopGeneration", [("generationId", "\"$generation\"")], Required: 1) { IsRequest = false },
        new("MarkRead", [Chat, ("seq", "1")], Required: 2) { IsRequest = false },
        new("Typing", [Chat, ("typing", "true")], Required: 2) { IsRequest = false },
        new("UnwatchChat", [Chat], Required: 1) { IsRequest = false },
        new("GetChat", [Chat], Required: 1) { IsRequest = false },
        new("DeleteChat", [Chat], Required: 1) { IsRequest = false },
        new("WatchInbox", [], Required: 0) { IsRequest = false },
        new("ListModels", [], Required: 0) { IsRequest = false },
    ];
}
