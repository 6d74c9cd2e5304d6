using FsCheck;
using FsCheck.Fluent;
using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class TerminalFilterTests
{
    /// <summary>Texts made of what terminals, and filters, trip over.</summary>
    private static Arbitrary<string> Nasty => Gen.OneOf(
            Gen.Elements("\e", "[", "]", "31m", "0;title", "\a", "\e\\", "\u009b", "\u009d", "\u009c", "\n", "\r", "\t", "a", "é", "🙂", "\ud83d", "\ude42", "\u202e", "[red]", ";", "P", "\0", "\u007f"),
            Gen.Choose(0, 0x2fff).Select(code => ((char)code).ToString()))
        .ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary();

    [Theory]
    [InlineData("plain text, ünïcode 🙂", "plain text, ünïcode 🙂")]
    [InlineData("\e[31mred\e[0m", "red")]
    [InlineData("\u009b31mred", "red")]
    [InlineData("\e]0;new title\arest", "rest")]
    [InlineData("\e]8;;http://evil\e\\link\e]8;;\e\\", "link")]
    [InlineData("\eP1$r0m\e\\after", "after")]
    [InlineData("\e(Bafter", "after")]
    [InlineData("\ecafter", "after")]
    [InlineData("a\bb\0c\u007fd", "abcd")]
    [InlineData("one\r\ntwo\tthree", "one\ntwo    three")]
    [InlineData("ada\u202eevil\u2066", "adaevil")]
    [InlineData("[red]not markup[/]", "[red]not markup[/]")]
    [InlineData("\e]never ends\nnext line", "\nnext line")]
    public void Only_what_is_harmless_stays(string text, string clean) => Assert.Equal(clean, TerminalFilter.Clean(text));

    [Fact]
    public void Half_a_character_is_marked()
    {
        Assert.Equal("half \ufffd only", TerminalFilter.Clean("half \ud83d only"));
        Assert.Equal("\ufffd", TerminalFilter.Clean("\ude42"));
        Assert.Equal("\ufffd", TerminalFilter.Clean("\ud83d"));
    }

    [Fact]
    public void Sequence_without_an_end_does_not_swallow_the_text()
    {
        var clean = TerminalFilter.Clean("\e]" + new string('x', 1000));

        Assert.InRange(clean.Length, 700, 1000);
    }

    [Fact]
    public void Name_is_one_line() => Assert.Equal("ada  (owner)", TerminalFilter.CleanLine(" ada\r\n\e[1m (owner)\n"));

    [Fact]
    public void No_text_leaves_a_control_character() => Prop.ForAll(Nasty, text =>
        TerminalFilter.Clean(text).All(character => character == '\n' || !char.IsControl(character))).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Text_in_pieces_is_the_same_as_in_one() => Prop.ForAll(Nasty, Gen.Choose(1, 5).ToArbitrary(), (text, size) =>
    {
        var filter = new TerminalFilter();
        var pieces = string.Concat(text.Chunk(size).Select(piece => filter.Pass(new string(piece)))) + filter.End();
        return pieces == TerminalFilter.Clean(text);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Clean_text_stays_as_it_is() => Prop.ForAll(Nasty, text =>
        TerminalFilter.Clean(TerminalFilter.Clean(text)) == TerminalFilter.Clean(text)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
