using HubChat.Server.Text;
using Xunit;

namespace HubChat.Tests.Text;

public sealed class SnippetTests
{
    private static readonly string Padding = string.Concat(Enumerable.Repeat("lorem ", 100));

    [Theory]
    [InlineData("The quick fox", "quick", "The [quick] fox")]
    [InlineData("Quick, QUICKLY!", "quick", "[Quick], [QUICKLY]!")]
    [InlineData("fox quick foxes", "fox quick", "[fox] [quick] foxes")]
    [InlineData("quick foxes", "quick fox", "[quick] [foxes]")]
    [InlineData("Crème bru\u0302le\u0301e", "creme brulee", "[Crème] [bru\u0302le\u0301e]")]
    [InlineData("ΟΔΟΣ ab", "οδος", "[ΟΔΟΣ] ab")]
    [InlineData("हिन्दी ab", "हिन्दी", "[हिन्दी] ab")]
    [InlineData("two\nlines\u2028and\ttabs", "lines", "two [lines] and tabs")]
    [InlineData("nothing of it", "else", "nothing of it")]
    public void Words_are_marked_where_they_stand(string text, string query, string marked) => Assert.Equal(marked, MarkedOf(Snippet.Of(text, SearchWords.Of(query))));

    [Fact]
    public void Longer_text_is_cut_around_the_first_hit()
    {
        var snippet = Snippet.Of($"{Padding}needle {Padding}needle", SearchWords.Of("needle"));

        Assert.Equal(Snippet.MaxLength, snippet.Text.Length);
        Assert.StartsWith("…lorem lorem ", snippet.Text, StringComparison.Ordinal);
        Assert.EndsWith("…", snippet.Text, StringComparison.Ordinal);
        var hit = Assert.Single(snippet.Hits);
        Assert.Equal("needle", snippet.Text.Substring(hit.Off, hit.Length));
    }

    [Fact]
    public void Ends_of_a_text_are_shown_as_ends()
    {
        var (first, last) = (Snippet.Of($"needle {Padding}", SearchWords.Of("needle")), Snippet.Of($"{Padding}needle", SearchWords.Of("needle")));

        Assert.StartsWith("needle lorem", first.Text, StringComparison.Ordinal);
        Assert.EndsWith("…", first.Text, StringComparison.Ordinal);
        Assert.StartsWith("…", last.Text, StringComparison.Ordinal);
        Assert.EndsWith("lorem needle", last.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Character_is_never_cut()
    {
        for (var shift = 0; shift < 4; shift++)
        {
            var text = new string('.', shift) + string.Concat(Enumerable.Repeat("😀", 200)) + "needle" + string.Concat(Enumerable.Repeat("😀", 200));
            var snippet = Snippet.Of(text, SearchWords.Of("needle"));

            Assert.DoesNotContain('\uFFFD', string.Concat(snippet.Text.EnumerateRunes()));
            Assert.InRange(snippet.Text.Length, Snippet.MaxLength - 2, Snippet.MaxLength);
            Assert.Contains("[needle]", MarkedOf(snippet), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Word_longer_than_the_snippet_is_marked_as_far_as_it_is_shown()
    {
        var snippet = Snippet.Of($"{Padding}{new string('a', 500)} b", SearchWords.Of("aaa"));

        var hit = Assert.Single(snippet.Hits);
        Assert.Equal((snippet.Text.IndexOf('a', StringComparison.Ordinal), snippet.Text.Length - 1), (hit.Off, hit.Off + hit.Length));
        Assert.Equal(Snippet.MaxLength, snippet.Text.Length);
    }

    [Theory]
    [InlineData("Foo foo FOO bar", "foo bar")]
    [InlineData("foo bar foo", "bar foo")]
    [InlineData("\"a\" AND (b* OR -c:d) 😀", "a and b or c d")]
    [InlineData("_%&|!<->'\\;--", "")]
    [InlineData("x² ½ 5", "x 5")]
    [InlineData("Ǻ İ \u212A", "a i k")]
    public void Query_is_its_words_and_nothing_else(string query, string words) => Assert.Equal(words, string.Join(' ', SearchWords.Of(query).Select(word => word.Folded)));

    private static string MarkedOf(Snippet snippet)
    {
        var text = snippet.Text;
        foreach (var hit in snippet.Hits.Reverse())
        {
            text = text.Insert(hit.Off + hit.Length, "]").Insert(hit.Off, "[");
        }

        return text;
    }
}
