using System.Globalization;
using System.Text;
using HubChat.Server.Errors;

namespace HubChat.Server.Text;

/// <summary>
/// The rules of text, the same at every door. NUL and half surrogate pairs are refused because SQLite, PostgreSQL and JSON each do
/// something else with them; everything else, in any normalization form, is kept exactly as it was sent.
/// </summary>
internal static class TextRules
{
    /// <summary>Something to see, not too long, and storable everywhere.</summary>
    /// <param name="text">What was sent.</param>
    /// <param name="maxLength">The limit in characters, each a Unicode scalar value.</param>
    /// <param name="what">What it is to be, for the sentence of a refusal: "A message".</param>
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static void Require(string? text, int maxLength, string what)
    {
        if (text is null || !IsVisible(text))
        {
            throw ChatException.Invalid("text_empty", $"{what} needs at least one visible character.");
        }

        // No character is longer than two units: most texts need no counting.
        if (text.Length > maxLength && text.EnumerateRunes().Count() is var length && length > maxLength)
        {
            throw ChatException.Invalid("text_too_long", $"{what} may hold {maxLength} characters, this one holds {length}.");
        }

        RequireStorable(text, what);
    }

    /// <summary>One line without control characters, such as a title or a name; white space around it is cut off.</summary>
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static string RequireLine(string? text, int maxLength, string what)
    {
        var line = text?.Trim();
        Require(line, maxLength, what);
        return line!.Any(character => char.IsControl(character) || character is '\u2028' or '\u2029')
            ? throw ChatException.Invalid("text_invalid", $"{what} must be one line without control characters.")
            : line!;
    }

    /// <summary>The beginning of a text, never ending inside a character.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="maxLength">In UTF-16 units, 0 or more; the result may be one shorter.</param>
    public static string Head(string text, int maxLength) =>
        text.Length <= maxLength ? text : text[..(maxLength > 0 && char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];

    /// <summary>Whether a reader sees something of it: more than white space, controls and what Unicode calls default ignorable.</summary>
    public static bool IsVisible(string text) => text.EnumerateRunes().Any(IsVisible);

    private static bool IsVisible(Rune rune) =>
        !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format) && !IsIgnorable(rune.Value);

    private static void RequireStorable(string text, string what)
    {
        if (text.Contains('\0'))
        {
            throw ChatException.Invalid("text_invalid", $"{what} must not contain the character NUL.");
        }

        if (!IsWellFormed(text))
        {
            throw ChatException.Invalid("text_invalid", $"{what} must not contain half of a surrogate pair.");
        }
    }

    /// <summary>Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, without those that are format characters anyway.</summary>
    private static bool IsIgnorable(int codePoint) => codePoint
        is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2065 or 0x3164
        or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);

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
