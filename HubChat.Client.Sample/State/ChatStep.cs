using System.Collections.Immutable;

namespace HubChat.Client.Sample.State;

/// <summary>The chat after an update, what the update changed, and whether it showed that something is missing.</summary>
internal sealed record ChatStep(ChatState State, ImmutableList<ChatChange> Changes, Rewatch Rewatch = Rewatch.None)
{
    public ChatStep Then(Func<ChatState, ChatStep> next)
    {
        var step = next(State);
        return new ChatStep(step.State, Changes.AddRange(step.Changes), step.Rewatch > Rewatch ? step.Rewatch : Rewatch);
    }
}
