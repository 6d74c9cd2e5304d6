using System.Text;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Where this process writes. A terminal may be drawn on; anything else gets plain text.</summary>
internal sealed record Output(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>To be called before anything else touches the console.</summary>
    public static Output OfProcess()
    {
        var isTerminal = !Console.IsOutputRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        if (!isTerminal)
        {
            // .NET's console sends set-up codes of the terminal it believes in. This one has none.
            Environment.SetEnvironmentVariable("TERM", "dumb");
        }

        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new Output(
            new StreamWriter(OutputStream.OfProcess(), utf8) { AutoFlush = false },
            new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true },
            isTerminal);
    }

    public void Say(string sentence)
    {
        Out.Flush();
        Error.Write(TerminalFilter.Clean(sentence) + "\n");
    }

    public void Print(string line)
    {
        Out.Write(line + "\n");
        Out.Flush();
    }
}
