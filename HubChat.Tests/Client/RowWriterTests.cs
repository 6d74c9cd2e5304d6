using FsCheck;
using FsCheck.Fluent;
using HubChat.Client.Sample.Terminal;
using Spectre.Console;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class RowWriterTests
{
    private static Arbitrary<string> Texts =>
        Gen.Elements("a", "word", "longer-than-any-row-of-this-terminal-could-be", " ", "  ", "\n", "日本語", "🙂", "é", ".")
            .ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary();

    [Fact]
    public void Rows_break_between_words() =>
        Assert.Equal(["one two three", "four five"], Rows("one two three four five", 15).Select(row => row.TrimEnd()));

    [Fact]
    public void Word_in_pieces_moves_to_the_next_row_as_a_whole()
    {
        var rows = new RowWriter(new AnsiText(), () => 12);
        rows.Write("hello wor", Style.Plain);
        rows.Write("lds", Style.Plain);
        rows.EndRow();

        Assert.Equal("hello\nworlds\n", rows.TakeFinished());
    }

    [Fact]
    public void Nothing_is_lost_and_no_row_is_too_wide() => Prop.ForAll(Texts, Gen.Choose(10, 60).ToArbitrary(), (text, width) =>
    {
        var rows = Rows(text, width);
        return Letters(string.Concat(rows)) == Letters(text) && rows.All(row => CellsOf(row) < width);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static string[] Rows(string text, int width)
    {
        var rows = new RowWriter(new AnsiText(), () => width);
        foreach (var rune in text.EnumerateRunes())
        {
            rows.Write(rune.ToString(), Style.Plain);
        }

        rows.EndRow();
        return TerminalFilter.Clean(rows.TakeFinished()).Split('\n')[..^1];
    }

    private static int CellsOf(string row) => row.EnumerateRunes().Sum(rune => AnsiText.CellsOf(rune.ToString()));

    private static string Letters(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
