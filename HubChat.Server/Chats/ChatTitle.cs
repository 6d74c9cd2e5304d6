using System.Globalization;

namespace HubChat.Server.Chats;

internal static class ChatTitle
{
    private const int MaxLength = 60;

    /// <summary>The first line of a message, cut at a word: what a chat is called until somebody knows better.</summary>
    public static string FromMessage(string text)
    {
        var line = text.Split(['\n', '\r', '\u2028', '\u2029'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0];
        return Clean(line.Replace("@assistant", "", StringComparison.OrdinalIgnoreCase)) is { Length: > 0 } title ? title : Clean(line);
    }

    /// <summary>What a model proposed, without the quotation marks and headings models like to add; empty when nothing is left.</summary>
    public static string FromModel(string text)
    {
        var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "";
        return Clean(line.Trim('"', '\'', '#', '*', '“', '”', ' ').TrimEnd('.'));
    }

    private static string Clean(string line)
    {
        var printable = string.Concat(line.Where(character => !char.IsControl(character))).Trim();
        if (printable.Length <= MaxLength)
        {
            return printable;
        }

        var starts = StringInfo.ParseCombiningCharacters(printable);
        var end = starts.Last(start => start <= MaxLength - 1);
        var word = printable.LastIndexOf(' ', end);
        return printable[..(word > MaxLength / 2 ? word : end)].TrimEnd() + "…";
    }
}
