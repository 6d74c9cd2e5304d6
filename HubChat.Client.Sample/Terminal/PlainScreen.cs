using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Text as it comes, without colours, without a line for input and without any escape codes.</summary>
internal sealed class PlainScreen(TextWriter output) : IScreen
{
    private bool _open;

    public void Write(string text, Style? style = null)
    {
        if (text.Length > 0)
        {
            output.Write(text);
            _open = text[^1] != '\n';
        }
    }

    public void EndRow()
    {
        if (_open)
        {
            output.Write('\n');
            _open = false;
        }
    }

    public void Status(string text)
    {
        // There is no place for what does not stay.
    }

    public void Refresh() => output.Flush();
}
