using System.Text;

namespace HubChat.Client.Sample.Terminal;

/// <summary>The line being typed: keys in, text and cursor out. The keys are those of a shell.</summary>
internal sealed class LineEditor
{
    private const int MaximumHistory = 100;

    private readonly StringBuilder _text = new();
    private readonly List<string> _history = [];
    private int _cursor;
    private int _recalled;

    public string Text => _text.ToString();

    /// <summary>Gives the line when Enter ends it.</summary>
    public string? Handle(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return Submit();
            case ConsoleKey.Backspace when _cursor > 0:
                Remove(Before(), _cursor);
                break;
            case ConsoleKey.Delete when _cursor < _text.Length:
                Remove(_cursor, After());
                break;
            case ConsoleKey.LeftArrow when _cursor > 0:
                _cursor = Before();
                break;
            case ConsoleKey.RightArrow when _cursor < _text.Length:
                _cursor = After();
                break;
            case ConsoleKey.UpArrow:
                Recall(_recalled - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_recalled + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _cursor = _text.Length;
                break;
            case ConsoleKey.U when control:
                Remove(0, _cursor);
                break;
            case ConsoleKey.K when control:
                Remove(_cursor, _text.Length);
                break;
            case ConsoleKey.W when control:
                Remove(WordStart(), _cursor);
                break;
            default:
                if (!control && (!char.IsControl(key.KeyChar)))
                {
                    _text.Insert(_cursor++, key.KeyChar);
                }

                break;
        }

        return null;
    }

    /// <summary>As much of the line around the cursor as fits, and the column of the cursor in it.</summary>
    public (string Shown, int Column) Window(int cells)
    {
        var before = Text[.._cursor].EnumerateRunes().Select(Shown).ToList();
        var from = before.Count;
        var column = 0;
        while (from > 0 && column + AnsiText.CellsOf(before[from - 1]) <= cells)
        {
            column += AnsiText.CellsOf(before[--from]);
        }

        var shown = new StringBuilder().AppendJoin("", before[from..]);
        var free = cells - column;
        foreach (var rune in Text[_cursor..].EnumerateRunes().Select(Shown))
        {
            free -= AnsiText.CellsOf(rune);
            if (free < 0)
            {
                break;
            }

            shown.Append(rune);
        }

        return (shown.ToString(), column);
    }

    private static string Shown(Rune rune) => Rune.IsControl(rune) ? " " : rune.ToString();

    private string Submit()
    {
        var line = Text;
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
            if (_history.Count > MaximumHistory)
            {
                _history.RemoveAt(0);
            }
        }

        _recalled = _history.Count;
        Remove(0, _text.Length);
        return line;
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count)
        {
            return;
        }

        _recalled = index;
        _text.Clear().Append(index == _history.Count ? "" : _history[index]);
        _cursor = _text.Length;
    }

    private void Remove(int from, int to)
    {
        _text.Remove(from, to - from);
        _cursor = from;
    }

    // A character outside the basic plane is two units, and one to the person who typed it.
    private int Before() => _cursor - (_cursor > 1 && char.IsLowSurrogate(_text[_cursor - 1]) ? 2 : 1);

    private int After() => _cursor + (_cursor < _text.Length - 1 && char.IsHighSurrogate(_text[_cursor]) ? 2 : 1);

    private int WordStart()
    {
        var start = _cursor;
        while (start > 0 && _text[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && _text[start - 1] != ' ')
        {
            start--;
        }

        return start;
    }
}
