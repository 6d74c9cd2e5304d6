using Spectre.Console;

namespace HubChat.Client.Sample.Terminal;

/// <summary>Where a conversation is shown: a terminal, or plain text for pipes. Texts are clean already.</summary>
internal interface IScreen
{
    /// <summary>Goes on with the open row, or opens one.</summary>
    void Write(string text, Style? style = null);

    /// <summary>Ends the open row, if there is one.</summary>
    void EndRow();

    /// <summary>What stands above the input line.</summary>
    void Status(string text);

    /// <summary>Shows what was written; a screen may show it earlier.</summary>
    void Refresh();
}
