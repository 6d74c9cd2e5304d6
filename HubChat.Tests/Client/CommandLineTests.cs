using HubChat.Client.Sample;
using HubChat.Client.Sample.Commands;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class CommandLineTests
{
    private const string ChatId = "01a205a7-ea1f-7cbd-a196-4246d9afb043";

    [Fact]
    public void Without_words_one_talks_to_the_default_server()
    {
        var line = CommandLine.Parse([]);

        Assert.Equal((Verb.Live, new Uri("http://127.0.0.1:5080")), (line.Verb, line.Server));
    }

    [Fact]
    public void Server_of_the_command_line_goes_before_that_of_the_environment()
    {
        Assert.Equal(new Uri("http://env:1"), CommandLine.Parse(["list"], "http://env:1").Server);
        Assert.Equal(new Uri("https://line:2"), CommandLine.Parse(["list", "--server", "https://line:2"], "http://env:1").Server);
        Assert.Equal(new Uri("https://line:3"), CommandLine.Parse(["--server=https://line:3", "list"], "http://env:1").Server);
    }

    [Theory]
    [InlineData("signup", nameof(Verb.SignUp))]
    [InlineData("login", nameof(Verb.LogIn))]
    [InlineData("logout", nameof(Verb.LogOut))]
    [InlineData("list", nameof(Verb.List))]
    [InlineData("new", nameof(Verb.New))]
    [InlineData("open", nameof(Verb.Open))]
    [InlineData("check", nameof(Verb.Check))]
    [InlineData("demo", nameof(Verb.Demo))]
    [InlineData("--help", nameof(Verb.Help))]
    [InlineData("-h", nameof(Verb.Help))]
    [InlineData("--version", nameof(Verb.Version))]
    public void Every_command_is_known(string word, string verb) => Assert.Equal(verb, CommandLine.Parse([word]).Verb.ToString());

    [Fact]
    public void Help_is_given_whatever_else_is_there() => Assert.Equal(Verb.Help, CommandLine.Parse(["nonsense", "--help"]).Verb);

    [Fact]
    public void Say_needs_no_command()
    {
        var line = CommandLine.Parse(["--say", "--really?", "--chat", ChatId]);

        Assert.Equal((Verb.Say, "--really?", ChatId), (line.Verb, line.Say, line.Chat));
    }

    [Fact]
    public void Open_takes_its_chat_as_a_word() => Assert.Equal(ChatId, CommandLine.Parse(["open", ChatId]).Chat);

    [Fact]
    public void New_takes_a_title_and_people()
    {
        var line = CommandLine.Parse(["new", "Trip to Lisbon", "--invite", "bob", "--invite=eve"]);

        Assert.Equal("Trip to Lisbon", line.Argument);
        Assert.Equal(["bob", "eve"], line.Invited);
    }

    [Fact]
    public void After_two_dashes_everything_is_a_word() => Assert.Equal("--title", CommandLine.Parse(["new", "--", "--title"]).Argument);

    [Theory]
    [InlineData("dance")]
    [InlineData("--dance")]
    [InlineData("--server")]
    [InlineData("--server", "not an address")]
    [InlineData("--server", "ftp://host")]
    [InlineData("--say", "hello")]
    [InlineData("--say", "hello", "--chat", "lisbon")]
    [InlineData("open", "lisbon")]
    [InlineData("--say", "", "--chat", ChatId)]
    [InlineData("list", "--chat", ChatId)]
    [InlineData("list", "--say", "hello", "--chat", ChatId)]
    [InlineData("new", "Trip", "to", "Lisbon")]
    [InlineData("login", "ada", "secret")]
    public void What_cannot_be_understood_is_a_usage_error(params string[] arguments)
    {
        var error = Assert.Throws<ClientException>(() => CommandLine.Parse(arguments));

        Assert.Equal(ExitCode.Usage, error.ExitsWith);
    }

    [Fact]
    public void Help_names_every_exit_code()
    {
        var codes = typeof(ExitCode).GetFields().Select(field => field.GetRawConstantValue()!.ToString()!);

        Assert.All(codes, code => Assert.Matches($@"(?m)^ *{code}  ", HelpText.Usage));
    }

    [Fact]
    public void Help_of_the_live_mode_fits_a_terminal_of_80_columns() =>
        Assert.All(HelpText.Live.Split('\n'), row => Assert.InRange(row.Length, 1, 79));
}
