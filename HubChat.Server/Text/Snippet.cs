namespace HubChat.Server.Text;

/// <summary>The part of a text in which something was found.</summary>
/// <param name="Text">One line; an ellipsis stands where the text goes on.</param>
/// <param name="Hits">Where in it.</param>
internal sealed record Snippet(string Text, IReadOnlyList<TextRange> Hits)
{
    /// <summary>Its longest, in UTF-16 units.</summary>
    public const int MaxLength = 160;

    private const char Ellipsis = '…';
    private const int MaxBody = MaxLength - 2;

    // What stands before the first hit says what it is about.
    private const int Before = 48;

    /// <summary>The text around the first of the words that stands in it; its beginning when none does.</summary>
    public static Snippet Of(string text, IReadOnlyList<SearchWord> words)
    {
        var found = SearchWords.Find(text, words);
        var (start, end) = (0, text.Length);
        if (text.Length > MaxLength)
        {
            start = Math.Clamp(found.FirstOrDefault().Off - Before, 0, text.Length - MaxBody);
            end = start + MaxBody;

            // Never inside a character.
            start += char.IsLowSurrogate(text[start]) ? 1 : 0;
            end -= end < text.Length && char.IsLowSurrogate(text[end]) ? 1 : 0;
        }

        var head = start > 0 ? 1 : 0;
        var line = string.Concat(
            start > 0 ? $"{Ellipsis}" : "",
            string.Create(end - start, (text, start), static (line, from) => Flatten(from.text.AsSpan(from.start, line.Length), line)),
            end < text.Length ? $"{Ellipsis}" : "");
        var hits = found.TakeWhile(hit => hit.Off < end)
            .Where(hit => hit.Off + hit.Length > start)
            .Select(hit => (From: Math.Max(hit.Off, start), To: Math.Min(hit.Off + hit.Length, end)))
            .Select(hit => new TextRange(hit.From - start + head, hit.To - hit.From));
        return new Snippet(line, [.. hits]);
    }

    /// <summary>One unit for one unit, so that places stay what they are.</summary>
    private static void Flatten(ReadOnlySpan<char> text, Span<char> line)
    {
        for (var index = 0; index < line.Length; index++)
        {
            line[index] = char.IsControl(text[index]) || text[index] is '\u2028' or '\u2029' ? ' ' : text[index];
        }
    }
}
