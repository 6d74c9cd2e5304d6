using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>What a snapshot makes of a chat: everything is as it says.</summary>
internal static class ChatSnapshots
{
    public static ChatStep Apply(ChatState before, ChatSnapshot snapshot, Position position)
    {
        var state = new ChatState(before.ChatId)
        {
            Chat = snapshot.Chat,
            Seq = position.Seq,
            Present = [.. snapshot.Presence],
            HasMore = snapshot.HasMore,
        };
        var rewatch = Rewatch.None;
        foreach (var message in snapshot.Messages)
        {
            state = state.With(message);
            var generation = position.Generations.FirstOrDefault(one => one.Id == message.GenerationId);
            if (generation is null || !message.IsUnfinished)
            {
                continue;
            }

            // A text of another length than the position says is not the text at the position.
            var known = generation.Off == message.Text.Length;
            state = state with
            {
                Replies = state.Replies.SetItem(
                    generation.Id, known ? new ReplyText(generation.Epoch, message.Text) : ReplyText.Unknown),
            };
            rewatch = known ? rewatch : Rewatch.FromPosition;
        }

        return ChatState.Changed(state, new ChatChange.Replaced()) with { Rewatch = rewatch };
    }
}
