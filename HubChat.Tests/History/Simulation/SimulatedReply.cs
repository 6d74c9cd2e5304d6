using System.Text;

namespace HubChat.Tests.History.Simulation;

/// <summary>A reply that is being written: its attempts and its text so far.</summary>
internal sealed class SimulatedReply(SimulatedChat chat, string gen, string message)
{
    private readonly StringBuilder _text = new();

    public SimulatedChat Chat => chat;

    public string Gen => gen;

    public string Message => message;

    public int Epoch { get; private set; }

    public long Fence { get; private set; }

    public string Owner { get; private set; } = "";

    public long N { get; private set; }

    public string State { get; private set; } = "queued";

    public bool HasEnded => State is not ("queued" or "running");

    public string Text => _text.ToString();

    /// <summary>A server takes it, for the first time or over from another one.</summary>
    public HistoryRecord Claim(string owner)
    {
        (Owner, State) = (owner, "running");
        return new HistoryRecord { Kind = RecordKind.Claim, Chat = chat.Id, Gen = gen, Owner = owner, Epoch = ++Epoch, Fence = ++Fence };
    }

    /// <summary>The first entry of an attempt: what is kept of the text.</summary>
    public HistoryRecord Begin(bool keepText)
    {
        if (!keepText)
        {
            _text.Clear();
        }

        N = 1;
        return Reset(N);
    }

    public HistoryRecord Write(string text)
    {
        var delta = Delta(_text.Length, ++N, text);
        _text.Append(text);
        return delta;
    }

    public HistoryRecord End(string state)
    {
        State = state;
        N++;
        return Done();
    }

    /// <summary>What a reader at a position has missed, as one delta; it may repeat what the reader has.</summary>
    public HistoryRecord Missed(int off) => Delta(off, N, Text[off..]);

    public HistoryRecord Reset(long? n) =>
        new() { Kind = RecordKind.Reset, Chat = chat.Id, Gen = gen, Epoch = Epoch, N = n, Text = Text };

    public HistoryRecord Done() => new()
    {
        Kind = RecordKind.Done,
        Chat = chat.Id,
        Gen = gen,
        Epoch = Epoch,
        N = N,
        State = State,
        Length = Text.Length,
        Hash = Rules.TextHash.Of(Text),
    };

    public HistoryRecord Stored() =>
        new() { Kind = RecordKind.Stored, Chat = chat.Id, Gen = gen, Message = message, State = State, Text = Text };

    private HistoryRecord Delta(int off, long n, string text) =>
        new() { Kind = RecordKind.Delta, Chat = chat.Id, Gen = gen, Epoch = Epoch, N = n, Off = off, Text = text };
}
