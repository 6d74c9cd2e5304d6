using HubChat.Server.Chats;

namespace HubChat.Server.Generations;

/// <summary>A question and one making of its reply.</summary>
internal sealed record ReplyTurn(Generation Generation, Message Question, Message Reply)
{
    /// <summary>The attempt that writes, wrote or will write it.</summary>
    public long Epoch => Generation.Epoch + (Generation.State is ReplyState.Queued || Generation.Attempt == 0 ? 1 : 0);
}
