using System.Text;
using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Asks people for names and passwords.</summary>
internal sealed class Prompts(Output output)
{
    public static bool SomebodyIsThere => !Console.IsInputRedirected;

    public string Line(string question)
    {
        RequireSomebody(question);
        if (output.IsTerminal)
        {
            return AnsiConsole.Prompt(new TextPrompt<string>($"{question}:")).Trim();
        }

        output.Error.Write($"{question}: ");
        return (Console.ReadLine() ?? throw new OperationCanceledException()).Trim();
    }

    public string Password(string question = "Password")
    {
        RequireSomebody(question);
        if (output.IsTerminal)
        {
            return AnsiConsole.Prompt(new TextPrompt<string>($"{question}:").Secret(null));
        }

        output.Error.Write($"{question}: ");
        var typed = new StringBuilder();
        while (true)
        {
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

    /// <summary>The first line of standard input, for scripts.</summary>
    public static async Task<string> PasswordFromInputAsync(CancellationToken cancellationToken)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        return await input.ReadLineAsync(cancellationToken)
            ?? throw new ClientException(ExitCode.Usage, "Standard input has no password.");
    }

    private static void RequireSomebody(string question)
    {
        if (!SomebodyIsThere)
        {
            throw new ClientException(ExitCode.Usage, $"Nobody is there to ask for: {question}. See hubchat --help for scripts.");
        }
    }
}
