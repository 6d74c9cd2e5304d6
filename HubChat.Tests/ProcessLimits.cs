using System.Globalization;
using HubChat.Tests.Deploy;
using Xunit;

namespace HubChat.Tests;

/// <summary>What a running process may have of the machine. Where the tools for it are missing the test is skipped by name.</summary>
internal static class ProcessLimits
{
    /// <summary>Has it run, with all its threads, on one processor only.</summary>
    public static Task PinAsync(int processId, int processor, CancellationToken cancellationToken) =>
        RunAsync("taskset", ["--all-tasks", "--cpu-list", "--pid", Of(processor), Of(processId)], cancellationToken);

    private static string Of(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task RunAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await Tool.RunAsync(Tool.Find(tool), arguments, cancellationToken);
        Assert.True(exitCode == 0, output);
    }
}
