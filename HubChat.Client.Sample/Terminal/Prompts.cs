using System.Text;
using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Asks people for names and passwords. A question that is cancelled ends at once and leaves the terminal in order.</summary>
internal sealed class Prompts(Output output)
{
    private const string ShowCursor = "\e[?25h";

    private static readonly TimeSpan KeyPoll = TimeSpan.FromMilliseconds(10);

    public static bool SomebodyIsThere => !Console.IsInputRedirected;

    public Task<string> LineAsync(string question, CancellationToken cancellationToken) => AskAsync(question, async () =>
    {
        if (output.IsTerminal)
        {
            return (await new TextPrompt<string>($"{question}:").ShowAsync(AnsiConsole.Console, cancellationToken)).Trim();
        }

        output.Error.Write($"{question}: ");
        return (await ReadLineAsync(cancellationToken) ?? throw new OperationCanceledException()).Trim();
    });

    public Task<string> PasswordAsync(string question, CancellationToken cancellationToken) => AskAsync(question, () =>
    {
        if (output.IsTerminal)
        {
            return new TextPrompt<string>($"{question}:").Secret(null).ShowAsync(AnsiConsole.Console, cancellationToken);
        }

        output.Error.Write($"{question}: ");
        return ReadHiddenAsync(cancellationToken);
    });

    public Task<string> ChoiceAsync(string question, string[] choices, CancellationToken cancellationToken) => AskAsync(question, () =>
        new SelectionPrompt<string>().AddChoices(choices).ShowAsync(AnsiConsole.Console, cancellationToken));

    /// <summary>The first line of standard input, for scripts.</summary>
    public static async Task<string> PasswordFromInputAsync(CancellationToken cancellationToken) =>
        await ReadLineAsync(cancellationToken) ?? throw new ClientException(ExitCode.Usage, "Standard input has no password.");

    private async Task<string> AskAsync(string question, Func<Task<string>> ask)
    {
        if (!SomebodyIsThere)
        {
            throw new ClientException(ExitCode.Usage, $"Nobody is there to ask for: {question}. See hubchat --help for scripts.");
        }

        try
        {
            return await ask();
        }
        catch (OperationCanceledException)
        {
            // The shell's prompt shall not stand behind the question.
            output.Error.Write(output.IsTerminal ? $"{ShowCursor}\n" : "\n");
            throw;
        }
    }

    private static async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        // The console's reads take no notice of a token once they have begun, so the wait ends without them.
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        return await input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
    }

    private async Task<string> ReadHiddenAsync(CancellationToken cancellationToken)
    {
        var typed = new StringBuilder();
        while (true)
        {
            while (!Console.KeyAvailable)
            {
                await Task.Delay(KeyPoll, cancellationToken);
            }

            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                output.Error.Write('\n');
                return typed.ToString();
            }
            else if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }
    }
}
