using System.Diagnostics;
using Xunit;

namespace HubChat.Tests.Deploy;

/// <summary>A program of the system that a test needs. Where it is missing the test is skipped by name, except where skipping is failing.</summary>
internal static class Tool
{
    public static bool IsInstalled(string name) => Look(name) is not null;

    /// <summary>Its path. Not for a fixture, which cannot skip.</summary>
    public static string Find(string name)
    {
        if (Look(name) is { } program)
        {
            return program;
        }

        var reason = $"{name} is not installed.";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
        return name;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    private static string? Look(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
