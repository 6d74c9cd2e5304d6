namespace HubChat.Server.Endpoints.Hubs;

/// <summary>What the hub calls on a client. The names are wire names (docs/protocol/hub.md).</summary>
internal interface IChatHubClient
{
    Task ChatUpdate(ChatUpdateItem update);

    Task InboxUpdate(InboxUpdateItem update);

    /// <param name="afterMs">Milliseconds after which to connect anew.</param>
    Task Reconnect(int afterMs);

    /// <param name="reason">A <see cref="Identity.SessionEnd"/> as a code, such as <c>logged_out</c>.</param>
    Task SessionEnded(string reason);
}
