using System.Diagnostics;
using Xunit;

namespace HubChat.Tests.Page;

/// <summary>The page's own tests, which need no browser: the reducer and the Markdown of half-written replies.</summary>
public sealed class ScriptTests
{
    [Theory]
    [InlineData("chat-state.test.mjs")]
    [InlineData("markdown-mend.test.mjs")]
    public async Task Scripts_pass_their_tests(string file)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var node = Process.Start(new ProcessStartInfo("node", ["--test", Path.Combine("HubChat.Tests", "Page", file)])
        {
            WorkingDirectory = Root(),
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("Node.js did not start.");
        var output = await node.StandardOutput.ReadToEndAsync(cancellationToken);
        await node.WaitForExitAsync(cancellationToken);

        Assert.True(node.ExitCode == 0, output);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HubChat.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
