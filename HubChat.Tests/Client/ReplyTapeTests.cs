using FsCheck;
using FsCheck.Fluent;
using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class ReplyTapeTests
{
    [Fact]
    public void Growing_text_is_printed_once()
    {
        var tape = new ReplyTape();

        Assert.Equal(("He", false), tape.Show("He", ended: false));
        Assert.Equal(("llo", false), tape.Show("Hello", ended: false));
        Assert.Equal(("", false), tape.Show("Hello", ended: true));
        Assert.False(tape.Restarted);
    }

    [Fact]
    public void Reset_to_the_same_text_again_is_not_seen()
    {
        var tape = new ReplyTape();
        tape.Show("Hello", ended: false);

        Assert.Equal(("", false), tape.Show("", ended: false));
        Assert.Equal(("", false), tape.Show("Hel", ended: false));
        Assert.Equal((" you", false), tape.Show("Hello you", ended: true));
        Assert.False(tape.Restarted);
    }

    [Fact]
    public void Text_that_became_another_is_printed_anew()
    {
        var tape = new ReplyTape();
        tape.Show("Hello", ended: false);
        tape.Show("", ended: false);

        Assert.Equal(("Hey", true), tape.Show("Hey", ended: false));
        Assert.Equal((" you", false), tape.Show("Hey you", ended: true));
        Assert.True(tape.Restarted);
    }

    [Fact]
    public void Text_that_ends_shorter_than_printed_is_printed_anew()
    {
        var tape = new ReplyTape();
        tape.Show("Hello", ended: false);

        Assert.Equal(("Hel", true), tape.Show("Hel", ended: true));
    }

    [Fact]
    public void Half_a_character_waits_for_its_other_half()
    {
        var tape = new ReplyTape();

        Assert.Equal(("a", false), tape.Show("a\ud83d", ended: false));
        Assert.Equal(("🙂", false), tape.Show("a🙂", ended: false));
    }

    [Fact]
    public void What_is_printed_always_ends_with_the_text() => Prop.ForAll(
        Gen.Elements("", "a", "ab", "abc", "b", "🙂", "🙂b").NonEmptyListOf().ToArbitrary(),
        texts =>
        {
            var tape = new ReplyTape();
            var printed = "";
            foreach (var (text, index) in texts.Select((text, index) => (text, index)))
            {
                var (added, anew) = tape.Show(text, ended: index == texts.Count - 1);
                printed = (anew ? "" : printed) + added;
            }

            return printed == texts.Last();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
