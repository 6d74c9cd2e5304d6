namespace HubChat.Tests.History.Simulation;

/// <summary>A hub that keeps every promise, in a hundred lines and without a wire: what it writes down are good histories.</summary>
internal sealed class SimulatedHub
{
    private readonly List<HistoryRecord> _records = [];
    private readonly List<SimulatedChat> _chats = [];
    private readonly List<SimulatedClient> _clients = [];
    private long _t = 1;

    public IReadOnlyList<SimulatedChat> Chats => _chats;

    public IReadOnlyList<SimulatedClient> Clients => _clients;

    public SimulatedChat CreateChat(string id, params IEnumerable<string> users)
    {
        var chat = new SimulatedChat(id);
        _chats.Add(chat);
        Write(new HistoryRecord { Kind = RecordKind.Marker, Chat = id, Text = chat.Marker });
        chat.Create(users.First());
        foreach (var user in users.Skip(1))
        {
            chat.Join(user);
        }

        return chat;
    }

    public SimulatedClient Connect(string name, string? user = null)
    {
        var client = new SimulatedClient(this, name, user ?? name);
        _clients.Add(client);
        client.Connect();
        return client;
    }

    public SimulatedSend Begin(SimulatedClient client, SimulatedChat chat, string text, string? id = null)
    {
        var send = new SimulatedSend(this, client, chat, id ?? client.NextId(), $"{text} {chat.Marker}");
        send.Write(Outcome.Invoke);
        return send;
    }

    /// <summary>A send that begins, is stored and acknowledged at once.</summary>
    public void Send(SimulatedClient client, SimulatedChat chat, string text)
    {
        var send = Begin(client, chat, text);
        send.Commit();
        send.Write(Outcome.Ok);
    }

    public SimulatedReply Start(SimulatedChat chat, string owner)
    {
        var (reply, queued) = chat.Queue();
        Announce(chat, queued);
        Claim(reply, owner, keepText: false);
        return reply;
    }

    public void Claim(SimulatedReply reply, string owner, bool keepText)
    {
        // Whoever asks in between sees the attempt begun.
        var (claim, reset) = (reply.Claim(owner), reply.Begin(keepText));
        Write(claim);
        Announce(reply.Chat, reply.Chat.Started(reply));
        Announce(reply.Chat, reset);
    }

    public void Reply(SimulatedReply reply, string text) => Announce(reply.Chat, reply.Write(text));

    public void End(SimulatedReply reply, string state = "done")
    {
        var done = reply.End(state);
        var completed = reply.Chat.Completed(reply);
        Announce(reply.Chat, done);
        Announce(reply.Chat, completed, reply.Stored());
    }

    public void Leave(SimulatedChat chat, string user)
    {
        Announce(chat, chat.Leave(user));
        foreach (var client in _clients.Where(client => client.User == user && client.Watches(chat)))
        {
            client.Close(chat, "removed");
        }
    }

    public void Announce(SimulatedChat chat, params HistoryRecord[] updates)
    {
        foreach (var client in _clients.ToArray())
        {
            foreach (var update in updates.Where(_ => client.Watches(chat)))
            {
                client.Receive(chat, update);
            }
        }
    }

    public void Top(SimulatedChat chat) => Announce(chat, new HistoryRecord { Kind = RecordKind.Top, Chat = chat.Id, Seq = chat.Seq });

    public void Sample(long outbox) => Write(new HistoryRecord { Kind = RecordKind.Sample, Owner = "n1", Heap = 1 << 20, Outbox = outbox, Log = 100 });

    public void Wait(TimeSpan time) => _t += (long)time.TotalMicroseconds;

    public void Write(HistoryRecord record) => _records.Add(record with { T = _t += 1_000 });

    /// <summary>All faults end, everything that was begun ends, everybody catches up.</summary>
    public SimulatedRun Finish()
    {
        Write(new HistoryRecord { Kind = RecordKind.Heal });
        foreach (var reply in _chats.SelectMany(chat => chat.Replies.Where(reply => !reply.HasEnded)))
        {
            End(reply);
        }

        foreach (var chat in _chats)
        {
            foreach (var client in _clients.Where(client => client.Watches(chat)))
            {
                client.Deaf = 0;
            }

            Top(chat);
        }

        return new SimulatedRun(_records, new FinalState([.. _chats.Select(chat => chat.Final())]));
    }
}
