using System.Text;
using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Breaks text that comes piece by piece into rows of a terminal, between words where it can.</summary>
internal sealed class RowWriter(AnsiText ansi, Func<int> width)
{
    private const int WidestCell = 2;

    private readonly List<Cell> _row = [];
    private readonly StringBuilder _finished = new();
    private bool _open;

    private sealed record Cell(string Text, Style Style, int Width);

    /// <summary>The row that is still being written; null when there is none.</summary>
    public string? Open => _open ? Render(_row) : null;

    private string Indentation => width() > 40 ? "      " : "";

    public int OpenWidth => _row.Sum(cell => cell.Width);

    public void Write(string text, Style style)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            _open = true;
            if (rune.Value == '\n')
            {
                Finish(_row.Count);
                Start(style);
                continue;
            }

            var cell = new Cell(rune.ToString(), style, AnsiText.CellsOf(rune.ToString()));
            if (OpenWidth + cell.Width >= width())
            {
                Break(style);
            }

            _row.Add(cell);
        }
    }

    public void EndRow()
    {
        if (_open)
        {
            Finish(_row.Count);
            _open = false;
        }
    }

    /// <summary>The rows that will not change any more, each with its line end.</summary>
    public string TakeFinished()
    {
        var finished = _finished.ToString();
        _finished.Clear();
        return finished;
    }

    private void Break(Style style)
    {
        // Breaking within the indentation would give an empty row, and a word that is too long for the next one is cut here.
        var space = _row.FindLastIndex(cell => cell.Text == " ");
        var next = _row[(space + 1)..];
        if (space <= _row.FindIndex(cell => cell.Text != " ") || Indentation.Length + next.Sum(cell => cell.Width) + WidestCell >= width())
        {
            Finish(_row.Count);
            Start(style);
            return;
        }

        Finish(space);
        Start(style);
        _row.AddRange(next);
    }

    private void Start(Style style) => _row.AddRange(Indentation.Select(space => new Cell(space.ToString(), style, 1)));

    private void Finish(int count)
    {
        _finished.Append(Render(_row[..count])).Append('\n');
        _row.Clear();
    }

    private string Render(List<Cell> cells)
    {
        var rendered = new StringBuilder();
        for (var start = 0; start < cells.Count;)
        {
            var end = cells.FindIndex(start, cell => cell.Style != cells[start].Style);
            end = end < 0 ? cells.Count : end;
            rendered.Append(ansi.Of(string.Concat(cells[start..end].Select(cell => cell.Text)), cells[start].Style));
            start = end;
        }

        return rendered.ToString();
    }
}
