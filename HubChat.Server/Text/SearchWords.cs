using System.Globalization;
using System.Text;

namespace HubChat.Server.Text;

/// <summary>
/// What a word is to a search: letters and decimal digits, in lower case, each letter as the head of its family. Both databases cut their
/// texts in the same way (docs/adr/0024), so that what is found is also what is shown as found.
/// </summary>
internal static class SearchWords
{
    /// <summary>How far into a text is searched, in Unicode characters.</summary>
    public const int MaxTextLength = 65_536;

    /// <summary>The words of a query, each once; the last one may be the beginning of a word.</summary>
    public static IReadOnlyList<SearchWord> Of(string query)
    {
        List<SearchWord> words = [.. Runs(query).SelectMany(run => Of(query.AsSpan(run.Off, run.Length)))];
        return words is [.. var whole, var last] ? [.. whole.Where(word => word.Folded != last.Folded).DistinctBy(word => word.Folded), last] : [];
    }

    /// <summary>The places of a text where one of the words stands, in their order.</summary>
    public static IEnumerable<TextRange> Find(string text, IReadOnlyList<SearchWord> words) =>
        Runs(text).Where(run => Of(text.AsSpan(run.Off, run.Length)).Any(word => Matches(word.Folded, words)));

    private static bool Matches(string word, IReadOnlyList<SearchWord> words) =>
        words.Any(wanted => wanted.Folded == word) || (words is [.., var last] && word.StartsWith(last.Folded, StringComparison.Ordinal));

    /// <summary>Letters, digits and the marks on them: what a reader takes for one word, though a mark may end a word of the index.</summary>
    private static IEnumerable<TextRange> Runs(string text)
    {
        var (start, at) = (-1, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune) || IsDigitOrMark(rune))
            {
                start = start < 0 ? at : start;
            }
            else if (start >= 0)
            {
                yield return new TextRange(start, at - start);
                start = -1;
            }

            at += rune.Utf16SequenceLength;
        }

        if (start >= 0)
        {
            yield return new TextRange(start, at - start);
        }
    }

    private static bool IsDigitOrMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static List<SearchWord> Of(ReadOnlySpan<char> run)
    {
        var words = new List<SearchWord>(1);
        var (written, folded) = (new StringBuilder(run.Length), new StringBuilder(run.Length));
        foreach (var rune in run.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                written.Append(rune);
                folded.Append(Folded(rune));
            }
            else if (!IsCombining(rune))
            {
                End();
            }
            else if (folded.Length > 0)
            {
                written.Append(rune);
            }
        }

        End();
        return words;

        void End()
        {
            if (folded.Length > 0)
            {
                words.Add(new SearchWord(written.ToString(), folded.ToString()));
                written.Clear();
                folded.Clear();
            }
        }
    }

    private static Rune Folded(Rune rune)
    {
        var lower = Rune.ToLowerInvariant(rune);
        return lower.IsBmp ? new Rune(LetterFamilies.HeadOf((char)lower.Value)) : lower;
    }

    /// <summary>Marks that are passed over; the others end a word.</summary>
    private static bool IsCombining(Rune rune) => rune.Value is >= 0x0300 and <= 0x036F;
}
