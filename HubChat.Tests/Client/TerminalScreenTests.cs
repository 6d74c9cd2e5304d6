using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class TerminalScreenTests
{
    [Theory]
    [InlineData("── Lisbon · here: Ada", "── Lisbon · here: Ada")]
    [InlineData("── Lisbon · here: Ada, Bob · assistant is writing", "── Lisbon · here: Ada, Bob …")]
    [InlineData("── Lisbon · here: Ada, Bob, Bartholomew", "── Lisbon · here: Ada, Bob …")]
    [InlineData("── A title of many words that goes on", "── A title of many words …")]
    [InlineData("── 日本日本日本日本日本日本日本日本", "── …")]
    [InlineData("──ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", "──ABCDEFGHIJKLMNOPQRSTUVWXYZ …")]
    public void Status_that_is_too_wide_ends_between_its_parts(string status, string shown)
    {
        using var printed = new StringWriter();
        var screen = new TerminalScreen(printed, new LineEditor(), () => 31);
        screen.Status(status);

        screen.Refresh();

        Assert.Equal(shown, TerminalFilter.Clean(printed.ToString()).Split('\n')[0]);
    }
}
