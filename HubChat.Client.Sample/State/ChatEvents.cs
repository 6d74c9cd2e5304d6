using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>What an event makes of a chat. Types that this client does not know change nothing but the number.</summary>
internal static class ChatEvents
{
    public static ChatState Apply(ChatState state, ChatEvent happened) => happened.Type switch
    {
        "chat.renamed" => WithChat(state, chat => chat with { Title = happened.Title ?? chat.Title }),
        "chat.settingsChanged" => WithChat(state, chat => chat with { Settings = happened.Settings ?? chat.Settings }),
        "participant.joined" => WithAssistant(Join(state, happened.Participant!), happened),
        "participant.left" => WithAssistant(Leave(state, happened.UserId!), happened),
        "participant.roleChanged" => WithPerson(state, happened.UserId!, person => person with { Role = happened.Role ?? person.Role }),
        "message.posted" or "message.edited" => state.With(happened.Message!),
        "message.deleted" => Delete(state, happened),
        "generation.queued" => Queue(state, happened.Message!),
        "generation.started" => Start(state, happened),
        "generation.completed" => Complete(state, happened.Message!),
        "read.moved" => WithPerson(state, happened.UserId!, person => person with { ReadSeq = happened.ReadSeq ?? person.ReadSeq }),
        _ => state,
    };

    private static ChatState WithChat(ChatState state, Func<Chat, Chat> change) => state with { Chat = change(state.Chat!) };

    private static ChatState WithAssistant(ChatState state, ChatEvent happened) => WithChat(state, chat =>
        chat with { Settings = chat.Settings with { Assistant = happened.Assistant ?? chat.Settings.Assistant } });

    private static ChatState Join(ChatState state, Participant joined) => WithChat(state, chat =>
        chat with { Participants = [.. chat.Participants.Where(one => one.UserId != joined.UserId), joined] });

    private static ChatState Leave(ChatState state, string userId) => WithChat(state, chat =>
        chat with { Participants = [.. chat.Participants.Where(one => one.UserId != userId)] });

    private static ChatState WithPerson(ChatState state, string userId, Func<Participant, Participant> change) => WithChat(state, chat =>
        chat with { Participants = [.. chat.Participants.Select(one => one.UserId == userId ? change(one) : one)] });

    private static ChatState Delete(ChatState state, ChatEvent happened)
    {
        if (state.MessageOf(happened.MessageId) is not { } message)
        {
            return state;
        }

        return Forget(state, message).With(message with
        {
            Text = "",
            DeletedAt = happened.At,
            State = message.IsUnfinished ? "stopped" : message.State,
        });
    }

    /// <summary>
    /// The text comes with a reset of its own: whatever the message of an event from the past says now may be
    /// further on, or further back, than the deltas that follow.
    /// </summary>
    private static ChatState Queue(ChatState state, Message reply) => Forget(state, reply).With(reply);

    private static ChatState Start(ChatState state, ChatEvent happened) =>
        state.MessageOf(happened.MessageId) is { State: "queued" } message && message.GenerationId == happened.GenerationId
            ? state.With(message with { State = "running" })
            : state;

    private static ChatState Complete(ChatState state, Message reply) => Forget(state, reply).With(reply);

    private static ChatState Forget(ChatState state, Message reply) =>
        reply.GenerationId is null ? state : state with { Replies = state.Replies.Remove(reply.GenerationId) };
}
