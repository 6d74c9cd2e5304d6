using HubChat.Client.Sample;
using HubChat.Client.Sample.Live;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class CommandArgumentsTests
{
    [Theory]
    [InlineData("bob", "bob", null)]
    [InlineData("@bob", "bob", null)]
    [InlineData("bob  reader", "bob", "reader")]
    [InlineData("bob member", "bob", "member")]
    public void Invitation_is_a_name_and_perhaps_a_role(string rest, string name, string? role) =>
        Assert.Equal((name, role), CommandArguments.Invitation(rest));

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("bob writer")]
    [InlineData("bob and eve")]
    public void Anything_else_is_no_invitation(string rest) => AssertSays("/invite NAME", () => CommandArguments.Invitation(rest));

    [Fact]
    public void Assistant_mode_is_one_of_three()
    {
        Assert.Equal("always", CommandArguments.AssistantMode("always"));
        Assert.Equal("mention", CommandArguments.AssistantMode("Mention"));
        Assert.Equal("off", CommandArguments.AssistantMode("off"));
        AssertSays("/assistant always, /assistant mention or /assistant off", () => CommandArguments.AssistantMode("sometimes"));
        AssertSays("/assistant always", () => CommandArguments.AssistantMode(""));
    }

    [Fact]
    public void Commands_say_what_they_need()
    {
        AssertSays("/rename TITLE", () => CommandArguments.Title(""));
        AssertSays("/remove NAME", () => CommandArguments.UserName(""));
        AssertSays("/open N", () => CommandArguments.Chat(""));
        AssertSays("/model NAME", () => CommandArguments.Model(""));
        AssertSays("/search WORDS", () => CommandArguments.Query(""));
    }

    private static void AssertSays(string usage, Func<object> parse)
    {
        var error = Assert.Throws<ClientException>(parse);

        Assert.Equal(ExitCode.Usage, error.ExitsWith);
        Assert.Contains(usage, error.Message, StringComparison.Ordinal);
    }
}
