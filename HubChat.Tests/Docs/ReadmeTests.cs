using System.Diagnostics;
using System.Text.RegularExpressions;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Hubs;
using Xunit;

namespace HubChat.Tests.Docs;

/// <summary>README is true in every line: its commands are run, its links lead somewhere.</summary>
public sealed partial class ReadmeTests
{
    private static string Readme => File.ReadAllText(Path.Combine(RepositoryFolder.Path, "README.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_works()
    {
        var commands = Blocks().Matches(Readme).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Contains("dotnet run --project HubChat.Server", commands);
        Assert.Contains("./test.sh", commands);

        await using var server = await ServerProcess.StartAsync(cancellationToken: Token);
        var ada = await TestUser.SignUpAsync(server.Address, "ada", Token);
        var key = (await ApiWorld.NewKeyAsync(ada, "models", "chat")).GetProperty("token").GetString()!;
        foreach (var command in commands)
        {
            switch (command)
            {
                case "./test.sh":
                    // It runs this test.
                    break;
                case var run when run.EndsWith("dotnet run --project HubChat.Server", StringComparison.Ordinal):
                    await RunServerAsync(run);
                    break;
                case var curl when curl.StartsWith("curl", StringComparison.Ordinal):
                    Assert.EndsWith("data: [DONE]", (await RunAsync(curl, server.Address, key)).TrimEnd(), StringComparison.Ordinal);
                    break;
                default:
                    await RunAsync(command, server.Address, key);
                    break;
            }
        }
    }

    [Fact]
    public void Every_link_to_a_file_leads_to_one()
    {
        var missing = Links().Matches(Readme)
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(RepositoryFolder.Path, target)));
        Assert.Empty(missing);
    }

    private static async Task<string> RunAsync(string command, Uri server, string key)
    {
        using var process = Start(command, ("HUBCHAT_SERVER", server.ToString().TrimEnd('/')), ("HUBCHAT_KEY", key));
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var errors = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}: {await output} {await errors}");
        return await output;
    }

    /// <summary>As a new user would, but on a free port and with a database that is thrown away.</summary>
    private static async Task RunServerAsync(string command)
    {
        var folder = Directory.CreateTempSubdirectory("hubchat-").FullName;
        using var process = Start(command, ("Urls", "http://127.0.0.1:0"), ("ConnectionStrings__HubChat", $"Data Source={folder}/hubchat.db"));
        try
        {
            while (await process.StandardOutput.ReadLineAsync(Token) is { } line)
            {
                if (Listening().Match(line) is { Success: true } match)
                {
                    using var http = new HttpClient { BaseAddress = new Uri(match.Groups[1].Value) };
                    await Eventually.HoldsAsync(async () => (await http.GetAsync("/readyz", Token)).IsSuccessStatusCode, Token);
                    Assert.Contains("<title>", await http.GetStringAsync("/", Token), StringComparison.Ordinal);
                    return;
                }
            }

            Assert.Fail($"{command} ended before it listened: {await process.StandardError.ReadToEndAsync(Token)}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The command as it stands, only without building again what this test was built with.</summary>
    private static Process Start(string command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command.Replace("dotnet run", "exec dotnet run --no-build", StringComparison.Ordinal)])
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Listening();
}
