using System.Text;

namespace HubChat.Tests.History.Rules;

/// <summary>One client's text of one reply, by the table of the contract.</summary>
internal sealed class ReplyReplay(WrittenTexts written)
{
    private readonly StringBuilder _text = new();
    private long? _n;

    // From then on what comes of it is ignored, by the table: a node may hear late of what an attempt wrote whose server died.
    private bool _isStored;

    public string Text => _text.ToString();

    public int? Epoch { get; private set; }

    /// <summary>Whether anything of the text came.</summary>
    public bool HasText { get; private set; }

    /// <summary>Whether a part was missed, and nothing has come since that makes up for it.</summary>
    public bool IsLost { get; private set; }

    public bool HasEnded { get; private set; }

    /// <returns>What is wrong with the record, or nothing.</returns>
    public string? Apply(HistoryRecord record)
    {
        switch (record.Kind)
        {
            case RecordKind.Reset:
                return Reset(record);
            case RecordKind.Delta:
                return Delta(record);
            case RecordKind.Done:
                return Done(record);
            case RecordKind.Stored:
                Replace(record.Text ?? "");
                HasEnded = _isStored = record.State is not ("queued" or "running");
                return null;
            default:
                return null;
        }
    }

    private string? Reset(HistoryRecord record)
    {
        if (!_isStored)
        {
            Replace(record.Text ?? "");
            (Epoch, _n, HasEnded) = (record.Epoch, record.N, false);
        }

        return written.Agrees(record.Gen!, record.Epoch ?? 0, 0, record.Text ?? "")
            ? null
            : $"the text it got at the start of epoch {record.Epoch} is not what others saw.";
    }

    private string? Delta(HistoryRecord record)
    {
        var (piece, off) = (record.Text ?? "", record.Off ?? 0);
        if (_isStored)
        {
            return written.Agrees(record.Gen!, record.Epoch ?? 0, off, piece) ? null : $"the text at {off} of epoch {record.Epoch} is not what others saw.";
        }

        if (record.Epoch < Epoch)
        {
            return null;
        }

        HasText = true;
        if (record.Epoch != Epoch || off > _text.Length)
        {
            IsLost = true;
            return null;
        }

        if (IsLost)
        {
            // The client has asked anew, and waits for the answer from its position.
            IsLost = off > _text.Length;
        }

        if (!written.Agrees(record.Gen!, Epoch ?? 0, off, piece))
        {
            return $"the text at {off} of epoch {Epoch} is not what others saw.";
        }

        var held = Math.Min(_text.Length - off, piece.Length);
        if (held == piece.Length)
        {
            return null;
        }

        _text.Append(piece, held, piece.Length - held);
        if (record.N <= _n)
        {
            return $"entry {record.N} of epoch {Epoch} brought new text after entry {_n}.";
        }

        _n = record.N ?? _n;
        return null;
    }

    private string? Done(HistoryRecord record)
    {
        if (record.Epoch < Epoch || (_isStored && record.Epoch != Epoch))
        {
            return null;
        }

        HasText = true;
        if (record.Epoch != Epoch)
        {
            IsLost = true;
            return null;
        }

        HasEnded = true;
        // Too short a text is a part that was lost at the very end: nothing but the end can show it.
        IsLost |= _text.Length < record.Length;
        return IsLost || TextHash.Matches(record, Text)
            ? null
            : $"its end says {record.Length} units, {record.Hash}; it has {Text.Length}, {TextHash.Of(Text)}.";
    }

    private void Replace(string text)
    {
        _text.Clear().Append(text);
        HasText = true;
        IsLost = false;
    }
}
