namespace HubChat.Tests.History.Simulation;

/// <summary>A chat as the database has it: its log, its messages, who is in it.</summary>
internal sealed class SimulatedChat(string id)
{
    private readonly List<(FinalEvent Stored, HistoryRecord Announced)> _log = [];
    private readonly List<FinalMessage> _messages = [];
    private readonly HashSet<string> _members = [];
    private readonly List<SimulatedReply> _replies = [];

    public string Id => id;

    /// <summary>Stands in everything that is said in the chat.</summary>
    public string Marker => $"<{id}>";

    public long Seq => _log.Count;

    public IReadOnlyList<SimulatedReply> Replies => _replies;

    public IReadOnlyList<FinalMessage> Messages => _messages;

    public bool Has(string user) => _members.Contains(user);

    public IEnumerable<HistoryRecord> After(long seq) => _log.Skip((int)seq).Select(entry => entry.Announced);

    public FinalMessage? Find(string author, string clientMsgId) =>
        _messages.Find(message => message.Author == author && message.ClientMsgId == clientMsgId);

    public HistoryRecord Create(string user)
    {
        _members.Add(user);
        return Log("chat.created", user: user);
    }

    public HistoryRecord Join(string user)
    {
        _members.Add(user);
        return Log("participant.joined", user: user);
    }

    public HistoryRecord Leave(string user)
    {
        _members.Remove(user);
        return Log("participant.left", user: user);
    }

    public HistoryRecord Post(string author, string clientMsgId, string text)
    {
        var message = new FinalMessage(Seq + 1, $"{id}-m{Seq + 1}", author, clientMsgId, text);
        _messages.Add(message);
        return Log("message.posted", message.Id, text: text);
    }

    public HistoryRecord Delete(FinalMessage message)
    {
        _messages[_messages.IndexOf(message)] = message with { Text = "", State = FinalChat.Deleted };
        return Log("message.deleted", message.Id);
    }

    public (SimulatedReply Reply, HistoryRecord Queued) Queue()
    {
        var (message, gen) = ($"{id}-m{Seq + 1}", $"{id}-g{Seq + 1}");
        var reply = new SimulatedReply(this, gen, message);
        _replies.Add(reply);
        _messages.Add(new FinalMessage(Seq + 1, message, null, null, "", gen, "queued"));
        return (reply, Log("generation.queued", message, reply));
    }

    public HistoryRecord Started(SimulatedReply reply) => Log("generation.started", reply.Message, reply) with { Epoch = reply.Epoch };

    public HistoryRecord Completed(SimulatedReply reply)
    {
        var index = _messages.FindIndex(message => message.Gen == reply.Gen);
        _messages[index] = _messages[index] with { Text = reply.Text, State = reply.State };
        return Log("generation.completed", reply.Message, reply);
    }

    public FinalChat Final() => new(id, [.. _messages], [.. _log.Select(entry => entry.Stored)]);

    private HistoryRecord Log(
        string type, string? message = null, SimulatedReply? reply = null, string? user = null, string? text = null)
    {
        var stored = new FinalEvent(Seq + 1, type, message, user);
        var announced = new HistoryRecord
        {
            Kind = RecordKind.Event,
            Chat = id,
            Seq = stored.Seq,
            Type = type,
            Message = message,
            Gen = reply?.Gen,
            Text = text,
        };
        _log.Add((stored, announced));
        return announced;
    }
}
