namespace HubChat.Tests.History.Simulation;

/// <summary>A client that keeps the contract: it writes down what it receives, applies it, and asks for what it missed.</summary>
internal sealed class SimulatedClient(SimulatedHub hub, string name, string user)
{
    private readonly Dictionary<SimulatedChat, View> _views = [];
    private int _connection;
    private int _calls;

    public string Name => name;

    public string User => user;

    public bool IsConnected { get; private set; }

    /// <summary>So many of the next updates are lost on their way.</summary>
    public int Deaf { get; set; }

    public bool Watches(SimulatedChat chat) => IsConnected && _views.TryGetValue(chat, out var view) && view.IsLive;

    public string NextId() => $"{name}-{++_calls}";

    public void Connect()
    {
        _connection++;
        IsConnected = true;
        Write(new HistoryRecord { Kind = RecordKind.Connect });
    }

    public void Disconnect()
    {
        Write(new HistoryRecord { Kind = RecordKind.Disconnect });
        IsConnected = false;
        Deaf = 0;
        foreach (var view in _views.Values)
        {
            view.IsLive = false;
        }
    }

    /// <summary>Watches from where it stands, or from a snapshot.</summary>
    /// <param name="chat">A chat that its user is in.</param>
    /// <param name="anew">Forgets its position.</param>
    /// <param name="repeat">So much of the text that it has comes again.</param>
    public void Watch(SimulatedChat chat, bool anew = false, int repeat = 0)
    {
        var view = ViewOf(chat);
        var position = anew ? null : view.Seq;
        Deaf = 0;
        Write(new HistoryRecord { Kind = RecordKind.Watch, Chat = chat.Id, Seq = position });
        view.IsLive = true;
        if (position is { } seq)
        {
            CatchUp(chat, view, seq, repeat);
        }
        else
        {
            Snapshot(chat, view);
        }
    }

    /// <summary>The server replaces what it dropped by a snapshot.</summary>
    public void Resync(SimulatedChat chat)
    {
        Write(new HistoryRecord { Kind = RecordKind.Resync, Chat = chat.Id });
        Snapshot(chat, ViewOf(chat));
    }

    public void Close(SimulatedChat chat, string reason)
    {
        Write(new HistoryRecord { Kind = RecordKind.Closed, Chat = chat.Id, State = reason });
        _views.Remove(chat);
    }

    public void Receive(SimulatedChat chat, HistoryRecord record)
    {
        if (Deaf > 0)
        {
            Deaf--;
            return;
        }

        Write(record);
        if (!Apply(ViewOf(chat), record))
        {
            Watch(chat);
        }
    }

    private void Snapshot(SimulatedChat chat, View view)
    {
        Write(new HistoryRecord { Kind = RecordKind.Snapshot, Chat = chat.Id, Seq = view.Seq = chat.Seq });
        foreach (var reply in chat.Replies.Where(reply => reply.State != "queued"))
        {
            view.Replies[reply.Gen] = (reply.Epoch, reply.Text.Length, reply.HasEnded);
            Write(reply.HasEnded ? reply.Stored() : reply.Reset(n: null));
        }
    }

    private void CatchUp(SimulatedChat chat, View view, long seq, int repeat)
    {
        foreach (var missed in chat.After(seq))
        {
            Write(missed);
            Apply(view, missed);
        }

        foreach (var reply in chat.Replies.Where(reply => reply.State != "queued"))
        {
            var (epoch, off, ended) = view.Replies.GetValueOrDefault(reply.Gen);
            if (ended)
            {
                continue;
            }

            var missed = epoch == reply.Epoch ? reply.Missed(Math.Max(0, off - repeat)) : reply.Reset(reply.N);
            if (missed.Kind == RecordKind.Reset || missed.Text != "")
            {
                Write(missed);
                Apply(view, missed);
            }

            if (reply.HasEnded)
            {
                Write(reply.Done());
                Apply(view, reply.Done());
            }
        }
    }

    /// <returns>Whether it could be applied, or need not be.</returns>
    private static bool Apply(View view, HistoryRecord record)
    {
        var (epoch, off, _) = record.Gen is null ? default : view.Replies.GetValueOrDefault(record.Gen);
        switch (record)
        {
            case { Kind: RecordKind.Event, Seq: { } seq }:
                view.Seq = seq == view.Seq + 1 ? seq : view.Seq;
                return seq <= view.Seq;
            case { Kind: RecordKind.Top, Seq: { } top }:
                return top <= view.Seq;
            case { Kind: RecordKind.Reset, Epoch: { } attempt }:
                view.Replies[record.Gen!] = (attempt, record.Text!.Length, false);
                return true;
            case { Kind: RecordKind.Delta }:
                if (record.Epoch > epoch || record.Off > off)
                {
                    return false;
                }

                view.Replies[record.Gen!] = (epoch, Math.Max(off, record.Off!.Value + record.Text!.Length), false);
                return true;
            case { Kind: RecordKind.Done }:
                view.Replies[record.Gen!] = (epoch, off, record.Epoch == epoch && record.Length == off);
                return record.Epoch == epoch && record.Length == off;
            default:
                return true;
        }
    }

    private View ViewOf(SimulatedChat chat)
    {
        if (!_views.TryGetValue(chat, out var view))
        {
            _views[chat] = view = new View();
        }

        return view;
    }

    private void Write(HistoryRecord record) =>
        hub.Write(record with { Client = name, User = user == name ? null : user, Conn = $"{name}#{_connection}" });

    private sealed class View
    {
        public bool IsLive { get; set; }

        public long? Seq { get; set; }

        public Dictionary<string, (int Epoch, int Off, bool Ended)> Replies { get; } = [];
    }
}
