using System.Text;
using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>
/// A conversation that scrolls by above a line for typing. Finished rows belong to the terminal; below them stands a
/// region that is drawn anew at each change: the row a reply is still being written in, the status and the input line.
/// </summary>
internal sealed class TerminalScreen : IScreen
{
    private static readonly Style Dim = new(decoration: Decoration.Dim);
    private static readonly Style PromptStyle = new(Color.Green, decoration: Decoration.Bold);

    private static readonly string[] Separators = [" · ", ", "];

    private readonly TextWriter _output;
    private readonly LineEditor _editor;
    private readonly Func<int> _width;
    private readonly AnsiText _ansi = new();
    private readonly RowWriter _rows;
    private string _status = "";
    private int[] _drawn = [];

    public TerminalScreen(TextWriter output, LineEditor editor, Func<int> width)
    {
        _output = output;
        _editor = editor;
        _width = () => Math.Max(width(), 10);
        _rows = new RowWriter(_ansi, _width);
    }

    public void Write(string text, Style? style = null) => _rows.Write(text, style ?? Style.Plain);

    public void EndRow() => _rows.EndRow();

    public void Status(string text) => _status = text;

    public void Refresh()
    {
        var width = _width();
        var frame = new StringBuilder("\e[?25l");
        Erase(frame, width);
        frame.Append(_rows.TakeFinished());

        var drawn = new List<int>();
        if (_rows.Open is { } open)
        {
            frame.Append(open).Append('\n');
            drawn.Add(_rows.OpenWidth);
        }

        if (_status.Length > 0)
        {
            var status = Fit(_status, width - 1);
            frame.Append(_ansi.Of(status, Dim)).Append('\n');
            drawn.Add(width - 1);
        }

        var (typed, column) = _editor.Window(width - 3);
        frame.Append(_ansi.Of("> ", PromptStyle)).Append(typed).Append($"\r\e[{column + 2}C\e[?25h");
        drawn.Add(column + 2);
        _drawn = [.. drawn];
        _output.Write(frame);
        _output.Flush();
    }

    /// <summary>Takes the input line away, for the shell that comes after.</summary>
    public void Close()
    {
        EndRow();
        var frame = new StringBuilder();
        Erase(frame, _width());
        _output.Write(frame.Append(_rows.TakeFinished()));
        _output.Flush();
        _drawn = [];
    }

    /// <summary>Goes back to where the region began. A terminal that became narrower has broken its rows since.</summary>
    private void Erase(StringBuilder frame, int width)
    {
        if (_drawn.Length == 0)
        {
            return;
        }

        var up = _drawn[..^1].Sum(cells => Math.Max(1, (cells + width - 1) / width)) + (_drawn[^1] / width);
        frame.Append('\r').Append(up > 0 ? $"\e[{up}A" : "").Append("\e[J");
    }

    /// <summary>As many whole parts as there is room for: half a word says something else.</summary>
    private static string Fit(string text, int cells)
    {
        const string More = " …";
        if (CellsOf(text) <= cells)
        {
            return text;
        }

        var fitting = Cut(text, cells - CellsOf(More) + 1);
        var end = Separators.Max(separator => fitting.LastIndexOf(separator, StringComparison.Ordinal));
        end = end > 0 ? end : fitting.LastIndexOf(' ');
        return Cut(end > 0 ? fitting[..end] : fitting, cells - CellsOf(More)) + More;
    }

    private static string Cut(string text, int cells)
    {
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            cells -= AnsiText.CellsOf(rune.ToString());
            if (cells < 0)
            {
                break;
            }

            cut.Append(rune);
        }

        return cut.ToString();
    }

    private static int CellsOf(string text) => text.EnumerateRunes().Sum(rune => AnsiText.CellsOf(rune.ToString()));
}
