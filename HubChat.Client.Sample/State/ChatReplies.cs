using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>What <c>reset</c>, <c>delta</c> and <c>done</c> make of a chat.</summary>
internal static class ChatReplies
{
    public static ChatStep Apply(ChatState state, ReplyDelta update)
    {
        var message = state.MessageOf(update.MessageId);
        if (message is null)
        {
            // With the whole chat here, an unknown reply means a lost event. With only its end here, it may as well be a
            // reply from before, which is being continued: a lost event shows itself by its number.
            return state.Unchanged(state.HasMore ? Rewatch.None : Rewatch.FromPosition);
        }

        if (message.DeletedAt is not null)
        {
            return state.Unchanged();
        }

        if (message.GenerationId != update.GenerationId)
        {
            return state.Unchanged(Rewatch.FromPosition);
        }

        // A reply that waits, for the first time or again, has no text yet: what comes is of an attempt that is over.
        return message.State == "queued" ? state.Unchanged()
            : update.Kind == "done" ? End(state, message, update)
            : Write(state, message, update);
    }

    private static ChatStep Write(ChatState state, Message message, ReplyDelta update)
    {
        // An ended reply has its stored text; what still comes is older.
        if (!message.IsUnfinished)
        {
            return state.Unchanged();
        }

        var known = state.Replies.GetValueOrDefault(update.GenerationId, ReplyText.Unknown);
        var (text, rewatch) = known.Apply(update);
        if (text == known)
        {
            return state.Unchanged(rewatch);
        }

        var next = state.With(message with { Text = text.Text });
        return ChatState.Changed(
            next with { Replies = next.Replies.SetItem(update.GenerationId, text) }, new ChatChange.TextChanged(message.Id));
    }

    private static ChatStep End(ChatState state, Message message, ReplyDelta done)
    {
        if (!message.IsUnfinished)
        {
            return ReplyText.Matches(message.Text, done)
                ? ChatState.Changed(state, new ChatChange.Ended(done))
                : state.Unchanged(Rewatch.Anew);
        }

        var known = state.Replies.GetValueOrDefault(done.GenerationId, ReplyText.Unknown);
        if (done.Epoch < known.Epoch)
        {
            return state.Unchanged();
        }

        if (!known.Matches(done))
        {
            return state.Unchanged(Rewatch.Anew);
        }

        var ended = state.With(message with { Text = known.Text, State = done.State ?? "done", Error = done.Error });
        return ChatState.Changed(
            ended with { Replies = ended.Replies.Remove(done.GenerationId) }, new ChatChange.Ended(done));
    }
}
