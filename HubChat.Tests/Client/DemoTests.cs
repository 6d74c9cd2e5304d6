using System.Text;
using HubChat.Client.Sample;
using Xunit;

namespace HubChat.Tests.Client;

/// <summary>The built client against the built server, each a process of its own.</summary>
public sealed class DemoTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Demo_proves_that_both_people_see_what_is_stored()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 60);
        await using var client = new SampleProcess(server.Address);

        var result = await client.RunAsync(["demo"], Token);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.EndsWith("Both saw exactly what is stored.\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output);
    }

    [Fact]
    public async Task Script_signs_up_asks_and_gets_the_text_that_is_stored_and_nothing_else()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 200);
        await using var client = new SampleProcess(server.Address);
        var chat = await SignUpAsync(client);

        var said = await client.RunAsync(["--say", "Hello", "--chat", chat], Token);
        var listed = await client.RunAsync(["list"], Token);
        var read = await client.RunAsync(["open", chat], Token);

        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.Contains("**demo assistant**", said.Output, StringComparison.Ordinal);
        Assert.Contains(chat, listed.Output, StringComparison.Ordinal);
        Assert.Contains(said.Output, read.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await client.RunAsync(["logout"], Token)).ExitCode);
        Assert.Equal(ExitCode.Refused, (await client.RunAsync(["list"], Token)).ExitCode);
    }

    [Fact]
    public async Task Reply_is_streamed_to_its_stored_end_over_a_killed_server()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 30);
        await using var client = new SampleProcess(server.Address);
        var chat = await SignUpAsync(client);
        var saying = client.Start("--say", "Hello", "--chat", chat);
        var error = saying.StandardError.ReadToEndAsync(Token);
        var said = new StringBuilder();
        var buffer = new char[256];
        said.Append(buffer, 0, await saying.StandardOutput.ReadAsync(buffer, Token));

        server.Kill();
        await server.RestartAsync(Token);
        said.Append(await saying.StandardOutput.ReadToEndAsync(Token));
        await saying.WaitForExitAsync(Token);
        var read = await client.RunAsync(["open", chat], Token);

        // Whether the reply goes on or is closed is for the server to say; what there is of it must be the same everywhere.
        Assert.Contains("The connection was lost", await error, StringComparison.Ordinal);
        Assert.Contains(saying.ExitCode, new[] { ExitCode.Ok, ExitCode.ReplyNotDone, ExitCode.ReplyRestarted });
        var text = saying.ExitCode == ExitCode.ReplyRestarted ? said.ToString().Split("\n\n", 2)[1] : said.ToString();
        Assert.Contains(text, read.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_waits_for_the_connection_is_told_at_once_and_sent_once()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 200);
        await using var client = new SampleProcess(server.Address);
        var chat = await SignUpAsync(client);
        var talking = client.Start("open", chat);
        Assert.Contains("Lisbon", await talking.StandardOutput.ReadLineAsync(Token), StringComparison.Ordinal);
        await talking.StandardInput.WriteLineAsync("/assistant off".AsMemory(), Token);
        Assert.Equal("The assistant answers: off.", await talking.StandardOutput.ReadLineAsync(Token));

        server.Kill();
        var told = talking.StandardOutput.ReadLineAsync(Token).AsTask();
        var lines = 0;
        await Eventually.HoldsAsync(async () =>
        {
            // Those that come before the loss was noticed wait as well.
            await talking.StandardInput.WriteLineAsync($"line {lines++}.".AsMemory(), Token);
            return told.IsCompleted;
        }, Token);
        Assert.Matches(@"^waiting for the connection: line \d+\.$", await told);
        await server.RestartAsync(Token);
        var rows = new List<string>();
        while (rows is [] || !rows[^1].EndsWith($"ada: line {lines - 1}.", StringComparison.Ordinal))
        {
            rows.Add(await talking.StandardOutput.ReadLineAsync(Token) ?? throw new EndOfStreamException(string.Join('\n', rows)));
        }

        Assert.All(Enumerable.Range(0, lines), line => Assert.Single(rows, row => row.EndsWith($"ada: line {line}.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_was_said_is_found_by_its_words()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 200);
        await using var client = new SampleProcess(server.Address);
        var chat = await SignUpAsync(client);
        var talking = client.Start("open", chat);
        foreach (var (line, answer) in new[]
                 {
                     ("/assistant off", "The assistant answers: off."),
                     ("The port of Lisbon", "ada: The port of Lisbon"),
                     ("/search lisbon po", "  Lisbon · ada: The port of Lisbon"),
                     ("/search elsewhere", "Nothing was found."),
                 })
        {
            await talking.StandardInput.WriteLineAsync(line.AsMemory(), Token);
            while (await talking.StandardOutput.ReadLineAsync(Token) is var row && row?.EndsWith(answer, StringComparison.Ordinal) != true)
            {
                Assert.NotNull(row);
            }
        }
    }

    [Fact]
    public async Task Refusals_are_sentences_with_their_exit_codes()
    {
        await using var server = await StartServerAsync(wordsPerSecond: 200);
        await using var client = new SampleProcess(server.Address);

        var unknown = await client.RunAsync(["login", "nobody", "--password-stdin"], "wrong-password\n", Token);
        var usage = await client.RunAsync(["dance"], Token);
        await using var nowhere = new SampleProcess(new Uri("http://127.0.0.1:1"));
        var unreachable = await nowhere.RunAsync(["login", "ada", "--password-stdin"], "password\n", Token);

        Assert.Equal([ExitCode.Refused, ExitCode.Usage, ExitCode.Unreachable], new[] { unknown, usage, unreachable }.Select(one => one.ExitCode));
        Assert.All([unknown, usage, unreachable], one =>
        {
            Assert.Equal("", one.Output);
            Assert.Single(one.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        });
    }

    [Fact]
    public async Task Output_that_nobody_reads_is_not_taken_for_success()
    {
        await using var client = new SampleProcess(new Uri("http://127.0.0.1:1"));
        var process = client.Start("--help");
        process.StandardOutput.Close();

        var error = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);

        Assert.Equal(ExitCode.OutputFailed, process.ExitCode);
        Assert.StartsWith("The output could not be written: ", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<string> SignUpAsync(SampleProcess client)
    {
        var signedUp = await client.RunAsync(
            ["signup", "ada", "--email", "ada@example.com", "--password-stdin"], "correct-horse-9\n", Token);
        Assert.Equal(0, signedUp.ExitCode);
        var made = await client.RunAsync(["new", "Lisbon"], Token);
        Assert.Equal(0, made.ExitCode);
        return made.Output.Trim();
    }

    private static Task<ServerProcess> StartServerAsync(int wordsPerSecond) => ServerProcess.StartAsync(
        new Dictionary<string, string> { ["Assistant__DemoWordsPerSecond"] = wordsPerSecond.ToString(System.Globalization.CultureInfo.InvariantCulture) }, Token);
}
