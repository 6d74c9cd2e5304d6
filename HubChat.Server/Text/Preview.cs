using System.Globalization;
using System.Text;

namespace HubChat.Server.Text;

/// <summary>A text on one short line: what a list shows of a message, and what a chat is called after it.</summary>
internal static class Preview
{
    /// <summary>A text up to this many characters is shown whole.</summary>
    public const int MaxLength = 54;

    private const string Ellipsis = "...";

    /// <summary>
    /// White space becomes single spaces, other control characters go. What is too long is cut at the end of a word, or anywhere when it is
    /// one word.
    /// </summary>
    public static string Of(string text)
    {
        var line = OneLine(text);
        if (line.Count <= MaxLength)
        {
            return string.Concat(line);
        }

        var end = MaxLength - Ellipsis.Length;
        while (end > 0 && line[end].Value != ' ')
        {
            end--;
        }

        return string.Concat(line.Take(end > 0 ? end : MaxLength - Ellipsis.Length)) + Ellipsis;
    }

    private static List<Rune> OneLine(string text)
    {
        var line = new List<Rune>(MaxLength + 1);
        var isGap = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                isGap = line.Count > 0;
                continue;
            }

            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control)
            {
                continue;
            }

            if (isGap)
            {
                line.Add(new Rune(' '));
                isGap = false;
            }

            line.Add(rune);
            if (line.Count > MaxLength + 1)
            {
                break;
            }
        }

        return line;
    }
}
