using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.Hub;

/// <summary>What the hub, or the connection to it, says unasked.</summary>
internal abstract record HubSignal
{
    /// <summary>Connected, for the <paramref name="Number"/>th time: what was watched must be watched again.</summary>
    internal sealed record Connected(int Number) : HubSignal;

    /// <summary>Not connected any more; a new attempt follows by itself.</summary>
    internal sealed record Lost : HubSignal;

    /// <summary>The session is over; there is no way back but signing in.</summary>
    internal sealed record Ended(string Reason) : HubSignal;

    internal sealed record Updated(ChatUpdate Update) : HubSignal;

    internal sealed record Inbox(InboxUpdate Update) : HubSignal;
}
