using HubChat.Server.Hosting;
using HubChat.Tests.App;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HubChat.Tests.Hosting;

/// <summary>Settings that are edited while the server runs.</summary>
public sealed class SettingsFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hubchat-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "appsettings.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("{ \"Colour\": ")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{ \"Colour\": \"red\", \"colour\": \"blue\" }")]
    public async Task Broken_file_changes_nothing_and_is_logged(string broken)
    {
        await WriteAsync("{ \"Colour\": \"green\" }");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = _folder.FullName });
        builder.Configuration.KeepLastRead();
        var log = new LogLines();
        builder.Logging.ClearProviders().AddProvider(log);
        await using var app = builder.Build();
        app.LogSettingsMistakes();

        await WriteAsync(broken);
        await Eventually.HoldsAsync(() => log.All.Any(line => line.Contains("appsettings.json cannot be read", StringComparison.Ordinal)), Token);
        Assert.Equal("green", app.Configuration["Colour"]);

        await WriteAsync("{ \"Colour\": \"black\" }");
        await Eventually.HoldsAsync(() => app.Configuration["Colour"] == "black", Token);
    }

    [Fact]
    public async Task Server_tells_its_operator()
    {
        await WriteAsync("{}");
        await using var server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["ASPNETCORE_CONTENTROOT"] = _folder.FullName }, Token);

        await WriteAsync("{ \"Assistant\": ");

        await Eventually.HoldsAsync(() => server.Output.Contains("the settings stay as they were", StringComparison.Ordinal), Token);
    }

    private Task WriteAsync(string settings) => System.IO.File.WriteAllTextAsync(File, settings, Token);
}
