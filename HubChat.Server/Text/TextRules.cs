using System.Text;
using HubChat.Server.Errors;

namespace HubChat.Server.Text;

/// <summary>
/// The rules of text, the same at every door. NUL and half surrogate pairs are refused because SQLite, PostgreSQL and JSON each do
/// something else with them; everything else, in any normalization form, is kept exactly as it was sent.
/// </summary>
internal static class TextRules
{
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static void Require(string? text, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw ChatException.Invalid("text_empty", "A message needs at least one visible character.");
        }

        if (text.Length > maxLength)
        {
            throw ChatException.Invalid("text_too_long", $"A message may hold {maxLength} characters, this one holds {text.Length}.");
        }

        RequireStorable(text);
    }

    /// <summary>One line without control characters, such as a title or a name.</summary>
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static string RequireLine(string? text, int maxLength)
    {
        Require(text?.Trim(), maxLength);
        var line = text!.Trim();
        return line.Any(char.IsControl)
            ? throw ChatException.Invalid("text_invalid", "This must be one line without control characters.")
            : line;
    }

    /// <exception cref="ChatException">text_invalid.</exception>
    public static void RequireStorable(string text)
    {
        if (text.Contains('\0'))
        {
            throw ChatException.Invalid("text_invalid", "A text must not contain the character NUL.");
        }

        if (!IsWellFormed(text))
        {
            throw ChatException.Invalid("text_invalid", "A text must not contain half of a surrogate pair.");
        }
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) is not System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }
}
