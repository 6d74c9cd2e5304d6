namespace HubChat.Tests.History.Simulation;

/// <summary>A send on its way: its steps are the test's to order.</summary>
internal sealed class SimulatedSend(SimulatedHub hub, SimulatedClient client, SimulatedChat chat, string id, string text)
{
    public string Id => id;

    public string Text => text;

    public void Commit()
    {
        if (chat.Find(client.User, id) is null)
        {
            hub.Announce(chat, chat.Post(client.User, id, text));
        }
    }

    public void Write(Outcome outcome) => hub.Write(new HistoryRecord
    {
        Kind = RecordKind.Send,
        Client = client.Name,
        User = client.User == client.Name ? null : client.User,
        Chat = chat.Id,
        ClientMsgId = id,
        Text = text,
        Outcome = outcome,
        Seq = outcome == Outcome.Ok ? chat.Find(client.User, id)!.Seq : null,
    });

    /// <summary>The same send again, as a client does that does not know how it ended.</summary>
    public void Retry()
    {
        Write(Outcome.Invoke);
        Commit();
        Write(Outcome.Ok);
    }
}
