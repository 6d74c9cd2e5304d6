using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>Which reply a log is of.</summary>
/// <param name="ChatId">The chat it belongs to; who follows the chat hears of it.</param>
/// <param name="GenerationId">The reply being made.</param>
/// <param name="MessageId">Its message.</param>
/// <param name="AnnouncedSeq">The event that announces this attempt: its text must not be shown before it. 0 when nothing needs to come first.</param>
internal sealed record ReplyOrigin(ChatId ChatId, GenerationId GenerationId, MessageId MessageId, long AnnouncedSeq = 0);
