using HubChat.Client.Sample;
using Xunit;

namespace HubChat.Tests.Client;

/// <summary>The built client in a terminal of its own, which <c>script</c> makes.</summary>
public sealed class PromptsTests
{
    private const string ControlC = "\u0003";

    // Wide: on a busy machine a client takes seconds to start. Without the fix it would wait for ever.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("login", "User name:", "xterm")]
    [InlineData("login ada", "Password:", "xterm")]
    [InlineData("login", "User name:", "dumb")]
    [InlineData("login ada", "Password:", "dumb")]
    public async Task Interrupt_ends_a_question_at_once_and_leaves_the_terminal_in_order(string arguments, string question, string terminal)
    {
        await using var client = new SampleProcess(new Uri("http://127.0.0.1:1"));
        var process = client.StartInTerminal(arguments, terminal);
        var shown = await ReadAsync(process.StandardOutput, until: question);

        await process.StandardInput.WriteAsync(ControlC.AsMemory(), Token);
        await process.StandardInput.FlushAsync(Token);
        var rest = await ReadAsync(process.StandardOutput, until: null);
        await process.WaitForExitAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal((ExitCode.Interrupted, 1), (process.ExitCode, shown.Split(question).Length - 1));
        Assert.Contains('\n', rest[..rest.IndexOf("speed", StringComparison.Ordinal)]);
        Assert.Matches(@"\s echo\s|\secho\s", rest);
    }

    /// <summary>To the end of the stream when there is nothing to wait for.</summary>
    private static async Task<string> ReadAsync(TextReader reader, string? until)
    {
        var read = "";
        var buffer = new char[256];
        while (until is null || !read.Contains(until, StringComparison.Ordinal))
        {
            var count = await reader.ReadAsync(buffer, Token).AsTask().WaitAsync(Deadline, Token);
            if (count == 0)
            {
                break;
            }

            read += new string(buffer, 0, count);
        }

        return read;
    }
}
