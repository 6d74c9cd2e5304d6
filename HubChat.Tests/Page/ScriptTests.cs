using System.Diagnostics;
using Xunit;

namespace HubChat.Tests.Page;

/// <summary>The page's own tests, which need no browser: the reducer and the Markdown of half-written replies.</summary>
public sealed class ScriptTests
{
    [Theory]
    [InlineData("chat-state.test.mjs")]
    [InlineData("link-host.test.mjs")]
    [InlineData("markdown-mend.test.mjs")]
    public async Task Scripts_pass_their_tests(string file)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var node = Process.Start(new ProcessStartInfo("node", ["--test", Path.Combine("HubChat.Tests", "Page", file)])
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("Node.js did not start.");
        var output = await node.StandardOutput.ReadToEndAsync(cancellationToken);
        await node.WaitForExitAsync(cancellationToken);

        Assert.True(node.ExitCode == 0, output);
    }
}
