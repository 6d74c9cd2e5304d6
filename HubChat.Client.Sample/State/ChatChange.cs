using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>What an update changed, for whoever shows it.</summary>
internal abstract record ChatChange
{
    /// <summary>Everything may be different.</summary>
    internal sealed record Replaced : ChatChange;

    internal sealed record Happened(ChatEvent Event) : ChatChange;

    internal sealed record TextChanged(string MessageId) : ChatChange;

    /// <summary>A reply's stream ended, and the text here has the length and hash that <paramref name="Done"/> says.</summary>
    internal sealed record Ended(ReplyDelta Done) : ChatChange;

    internal sealed record PresenceChanged : ChatChange;

    internal sealed record TypingChanged(string UserId, bool Typing) : ChatChange;

    internal sealed record Closed(string Reason) : ChatChange;
}
