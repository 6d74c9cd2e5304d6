using HubChat.Server.Text;
using Xunit;

namespace HubChat.Tests.Text;

public sealed class PreviewTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" \n\t ", "")]
    [InlineData("Hello!", "Hello!")]
    [InlineData("  one \r\n two\u2003three\u2028four ", "one two three four")]
    [InlineData("bell\u0007 and escape\u001b[31m", "bell and escape[31m")]
    public void White_space_becomes_single_spaces_and_controls_go(string text, string preview) => Assert.Equal(preview, Preview.Of(text));

    [Theory]
    [InlineData(54, "aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa")]
    [InlineData(55, "aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa...")]
    public void Up_to_54_characters_are_shown_whole(int length, string preview)
    {
        var text = string.Concat(Enumerable.Repeat("aaaa ", 20))[..length].TrimEnd();
        Assert.Equal(preview, Preview.Of(text.PadRight(length, 'a')));
    }

    [Fact]
    public void A_word_that_ends_at_the_51st_character_is_kept()
    {
        var head = new string('a', 25) + " " + new string('b', 25);
        Assert.Equal(head + "...", Preview.Of(head + " cccccccccc"));
        Assert.Equal(new string('a', 25) + "...", Preview.Of(head + "b cccccccccc"));
    }

    [Fact]
    public void One_long_word_is_cut_but_no_character_is()
    {
        var word = string.Concat(Enumerable.Repeat("😀", 100));
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 51)) + "...", Preview.Of(word));
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 54)), Preview.Of(word[..108]));
    }
}
