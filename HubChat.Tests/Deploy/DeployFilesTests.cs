using System.Text.Json.Nodes;
using HubChat.Server.Hosting;
using Xunit;

namespace HubChat.Tests.Deploy;

/// <summary>The files of deploy that can be looked at without running them.</summary>
public sealed class DeployFilesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_setting_of_the_environment_file_is_an_option()
    {
        var options = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.Path, "appsettings.json")))!;
        var names = Read("hubchat.env").Split('\n')
            .Select(line => line.TrimStart('#'))
            .Where(line => line.Length > 0 && !line.StartsWith(' '))
            .Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)])
            .ToList();

        Assert.Contains("Hosting__TrustedProxies__0", names);
        Assert.All(names, name => Assert.NotNull(name.Split("__").Where(part => !int.TryParse(part, out _)).Aggregate(options, (node, part) => node?[part]!)));
    }

    [Fact]
    public async Task Systemd_accepts_the_unit()
    {
        var systemd = Tool.Find("systemd-analyze");
        var folder = Directory.CreateTempSubdirectory("hubchat-unit-");
        try
        {
            // The runtime stands elsewhere on some machines, and verifying looks for it.
            var unit = Path.Combine(folder.FullName, "hubchat.service");
            await File.WriteAllTextAsync(unit, Read("hubchat.service").Replace("/usr/bin/dotnet", Tool.Find("dotnet"), StringComparison.Ordinal), Token);

            var (exitCode, output) = await Tool.RunAsync(systemd, ["verify", "--man=no", unit], Token);

            // An unknown key is a warning and no failure.
            Assert.DoesNotContain("hubchat", output, StringComparison.Ordinal);
            Assert.Equal(0, exitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Unit_waits_for_a_server_that_takes_all_its_time_to_stop()
    {
        var timeout = Read("hubchat.service").Split('\n').Single(line => line.StartsWith("TimeoutStopSec=", StringComparison.Ordinal));
        var options = new HostingOptions();
        Assert.True(TimeSpan.FromSeconds(int.Parse(timeout.Split('=')[1])) > options.DrainFor + options.StopWithin + TimeSpan.FromSeconds(5));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(RepositoryFolder.Path, "deploy", file));
}
