using FsCheck;
using FsCheck.Fluent;
using HubChat.Server.Generations;
using Xunit;

namespace HubChat.Tests.Generations;

public sealed class SurrogateHoldTests
{
    [Fact]
    public void However_a_text_is_cut_its_pieces_are_whole_characters_and_add_up_to_it() =>
        Prop.ForAll(
            Gen.Elements("a", "é", "漢", "😀", "👩‍👩‍👧", "\u2028", "\r\n").ListOf().Select(string.Concat).ToArbitrary(),
            Gen.Choose(1, 5).ListOf().Select(sizes => sizes.ToArray()).ToArbitrary(),
            (text, sizes) =>
            {
                var hold = new SurrogateHold();
                var pieces = Cut(text, sizes).Select(hold.Take).Append(hold.Rest()).ToList();
                return string.Concat(pieces) == text && pieces.All(IsWhole);
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData("\ud83d", "x", "\uFFFDx")]
    [InlineData("a\udc00", "b", "a\uFFFDb")]
    [InlineData("a\0b", "", "a\uFFFDb")]
    public void Halves_without_a_partner_and_NUL_become_the_replacement_character(string first, string second, string expected)
    {
        var hold = new SurrogateHold();
        Assert.Equal(expected, hold.Take(first) + hold.Take(second) + hold.Rest());
    }

    [Fact]
    public void Half_at_the_very_end_becomes_the_replacement_character()
    {
        var hold = new SurrogateHold();
        Assert.Equal("a\uFFFD", hold.Take("a\ud83d") + hold.Rest());
    }

    private static IEnumerable<string> Cut(string text, int[] sizes)
    {
        for (int at = 0, turn = 0; at < text.Length; turn++)
        {
            var size = Math.Min(sizes.Length == 0 ? 1 : sizes[turn % sizes.Length], text.Length - at);
            yield return text.Substring(at, size);
            at += size;
        }
    }

    private static bool IsWhole(string text) => !text.EnumerateRunes().Any(rune => rune.Value == 0xFFFD);
}
