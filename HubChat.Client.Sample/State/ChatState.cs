using System.Collections.Immutable;
using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>
/// A chat as this client knows it. Answers of <c>WatchChat</c> and updates go in, the next state comes out, and with it
/// whether the chat must be watched again. No input or output here: this is the table "Applying updates" of
/// <c>docs/protocol/hub.md</c> and nothing else.
/// </summary>
internal sealed record ChatState(string ChatId)
{
    /// <summary>Older messages are forgotten, so that a chat may stay open for weeks; the server keeps them.</summary>
    public const int MaximumMessages = 1000;

    /// <summary>Null until the first snapshot.</summary>
    public Chat? Chat { get; init; }
    public long Seq { get; init; }
    public ImmutableSortedDictionary<long, Message> Messages { get; init; } = ImmutableSortedDictionary<long, Message>.Empty;
    public ImmutableDictionary<string, long> SeqOfMessage { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>The texts of unfinished replies, by generation.</summary>
    public ImmutableDictionary<string, ReplyText> Replies { get; init; } = ImmutableDictionary<string, ReplyText>.Empty;
    public ImmutableArray<string> Present { get; init; } = [];
    public bool HasMore { get; init; }
    public string? ClosedBecause { get; init; }

    public Message? MessageOf(string? id) => id is not null && SeqOfMessage.TryGetValue(id, out var seq) ? Messages[seq] : null;

    /// <summary>Asks for what comes after this state; for everything when there is none, or it is wrong.</summary>
    public WatchRequest ToRequest(Rewatch rewatch) =>
        Chat is null || rewatch == Rewatch.Anew
            ? new WatchRequest(ChatId)
            : new WatchRequest(ChatId, Seq, [.. Messages.Values.Where(message => message is { IsUnfinished: true, GenerationId: not null })
                .Select(message => PositionIn(message.GenerationId!))]);

    public ChatStep Apply(WatchResult answer)
    {
        if (answer.Snapshot is { } snapshot)
        {
            return ChatSnapshots.Apply(this, snapshot, answer.Position);
        }

        if (Chat is null)
        {
            return Unchanged(Rewatch.Anew);
        }

        var step = Unchanged();
        foreach (var happened in answer.Events ?? [])
        {
            step = step.Then(state => state.Apply(happened));
        }

        foreach (var reply in answer.Replies ?? [])
        {
            step = step.Then(state => ChatReplies.Apply(state, reply));
        }

        return step
            .Then(state => state.WithPresence(answer.Presence))
            .Then(state => state.Unchanged(answer.Position.Seq > state.Seq ? Rewatch.FromPosition : Rewatch.None));
    }

    public ChatStep Apply(ChatUpdate update) => update switch
    {
        { Kind: "resync", Watch: { } answer } => Apply(answer),
        { Kind: "closed" } => Changed(this with { ClosedBecause = update.Reason ?? "" }, new ChatChange.Closed(update.Reason ?? "")),
        _ when Chat is null => Unchanged(Rewatch.Anew),
        { Kind: "event", Event: { } happened } => Apply(happened),
        { Kind: "reset" or "delta" or "done" } => ChatReplies.Apply(this, update.ToReplyDelta()),
        { Kind: "top" } => Unchanged(update.Seq > Seq ? Rewatch.FromPosition : Rewatch.None),
        { Kind: "presence" } => WithPresence(update.UserIds),
        { Kind: "typing", UserId: { } userId } => Changed(this, new ChatChange.TypingChanged(userId, update.Typing)),
        _ => Unchanged(),
    };

    public ChatStep Unchanged(Rewatch rewatch = Rewatch.None) => new(this, [], rewatch);

    public static ChatStep Changed(ChatState state, ChatChange change) => new(state, [change]);

    /// <summary>Adds the message, or replaces what was known of it.</summary>
    public ChatState With(Message message)
    {
        var state = this with
        {
            Messages = Messages.SetItem(message.Seq, message),
            SeqOfMessage = SeqOfMessage.SetItem(message.Id, message.Seq),
        };
        if (state.Messages.Count <= MaximumMessages)
        {
            return state;
        }

        var oldest = state.Messages.First().Value;
        return state with
        {
            Messages = state.Messages.Remove(oldest.Seq),
            SeqOfMessage = state.SeqOfMessage.Remove(oldest.Id),
            HasMore = true,
        };
    }

    private ChatStep Apply(ChatEvent happened)
    {
        if (happened.Seq != Seq + 1)
        {
            return Unchanged(happened.Seq > Seq ? Rewatch.FromPosition : Rewatch.None);
        }

        return Changed(ChatEvents.Apply(this, happened) with { Seq = happened.Seq }, new ChatChange.Happened(happened));
    }

    private ChatStep WithPresence(IReadOnlyList<string>? present) =>
        present is null || Present.SequenceEqual(present)
            ? Unchanged()
            : Changed(this with { Present = [.. present] }, new ChatChange.PresenceChanged());

    private GenerationPosition PositionIn(string generationId)
    {
        var reply = Replies.GetValueOrDefault(generationId, ReplyText.Unknown);
        return new GenerationPosition(generationId, reply.Epoch, reply.Text.Length);
    }
}
