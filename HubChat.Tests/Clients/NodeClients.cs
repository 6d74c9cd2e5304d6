using System.Diagnostics;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>The scripts of this folder beside the npm packages that they use, as others would install them.</summary>
public sealed class NodeClients : IAsyncLifetime
{
    private static readonly string Sources = Path.Combine(RepositoryFolder.Path, "HubChat.Tests", "Clients");
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-clients-").FullName;

    /// <summary>Where they stand.</summary>
    internal string Folder => _folder;

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(Sources).Where(file => Path.GetExtension(file) is ".mjs" or ".json"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a script to its end, which must be a good one.</summary>
    internal Task RunScriptAsync(string script, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync("node", [script, .. arguments], cancellationToken);

    private async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}.\n{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
