using HubChat.Client.Sample.Terminal;
using Spectre.Console;

namespace HubChat.Client.Sample.Demo;

/// <summary>Tells the story: in a terminal with both people side by side, otherwise in lines.</summary>
internal sealed class DemoScreen(Output output)
{
    private int _step;

    public void Tell(string sentence)
    {
        var line = $"{++_step,2}. {TerminalFilter.CleanLine(sentence)}";
        if (output.IsTerminal)
        {
            AnsiConsole.Write(new Spectre.Console.Text(line + "\n", new Style(Color.Grey)));
        }
        else
        {
            output.Print(line);
        }
    }

    /// <summary>Shows what both have seen, again and again while <paramref name="story"/> runs.</summary>
    public async Task WatchAsync(Func<string> ada, Func<string> bob, Func<Action, Task> story)
    {
        if (!output.IsTerminal)
        {
            await story(() => { });
            output.Print("      Ada saw: " + TerminalFilter.CleanLine(ada()));
            output.Print("      Bob saw: " + TerminalFilter.CleanLine(bob()));
            return;
        }

        await AnsiConsole.Live(SideBySide(ada(), bob())).StartAsync(live => story(() =>
        {
            lock (live)
            {
                live.UpdateTarget(SideBySide(ada(), bob()));
            }
        }));
    }

    public void Verdict(string sentence, bool good)
    {
        if (output.IsTerminal)
        {
            AnsiConsole.Write(new Spectre.Console.Text($"\n{sentence}\n", new Style(good ? Color.Green : Color.Red, decoration: Decoration.Bold)));
        }
        else
        {
            output.Print(sentence);
        }
    }

    private static Table SideBySide(string ada, string bob) => new Table().Border(TableBorder.Rounded).Expand()
        .AddColumn(new TableColumn("[bold deepskyblue1]Ada sees[/]").Width(50))
        .AddColumn(new TableColumn("[bold orange1]Bob sees[/]").Width(50))
        .AddRow(Cell(ada), Cell(bob));

    /// <summary>The end of a long text: the table must not grow out of the screen.</summary>
    private static Spectre.Console.Text Cell(string text)
    {
        var clean = TerminalFilter.Clean(text);
        return new Spectre.Console.Text(clean.Length <= 600 ? clean : "… " + clean[^600..]);
    }
}
