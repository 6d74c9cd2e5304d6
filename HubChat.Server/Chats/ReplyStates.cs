namespace HubChat.Server.Chats;

internal static class ReplyStates
{
    extension(ReplyState state)
    {
        /// <summary>Whether no more text will come.</summary>
        public bool IsFinal => state is not (ReplyState.Queued or ReplyState.Running);

        /// <summary>Whether the reply broke off and can be continued.</summary>
        public bool IsContinuable => state is ReplyState.Stopped or ReplyState.Failed or ReplyState.Interrupted;
    }
}
