using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Lets Spectre turn a style into the escape codes that this terminal knows, without its word wrapping.</summary>
internal sealed class AnsiText
{
    private readonly StringBuilder _written = new();
    private readonly IAnsiConsole _console;

    public AnsiText() => _console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.Detect,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(new StringWriter(_written)),
    });

    public static int CellsOf(string text) => text is [>= ' ' and <= '~'] ? 1 : Segment.CellCount([new Segment(text)]);

    public string Of(string text, Style style)
    {
        if (text.Length == 0)
        {
            return "";
        }

        _console.Write(new Piece(text, style));
        var ansi = _written.ToString();
        _written.Clear();
        return ansi;
    }

    private sealed class Piece(string text, Style style) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new Segment(text, style)];
    }
}
