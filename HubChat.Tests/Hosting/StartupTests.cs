using Xunit;

namespace HubChat.Tests.Hosting;

/// <summary>A server that cannot start says why in a line that its operator understands.</summary>
public sealed class StartupTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_mistake_of_configuration_is_one_line_that_names_the_option()
    {
        var output = await RefusedAsync(new()
        {
            ["Chats__MaxTextLength"] = "0",
            ["Nodes__Lease"] = "00:00:00",
            ["RateLimits__HubBurst"] = "-1",
        });
        Assert.Contains("MaxTextLength", output, StringComparison.Ordinal);
        Assert.Contains("Lease", output, StringComparison.Ordinal);
        Assert.Contains("HubBurst", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Nodes__Lease", "soon", "Nodes:Lease")]
    [InlineData("Chats__MaxTextLength", "many", "Chats:MaxTextLength")]
    [InlineData("Assistant__DefaultModel", "gpt-none", "gpt-none")]
    [InlineData("Assistant__Models__0__Provider", "gemini", "Assistant:Models:0:Provider")]
    [InlineData("Assistant__Models__0__BaseUri", "http://127.0.0.1", "BaseUri")]
    [InlineData("Usage__User__TokenPerDay", "5", "TokenPerDay")]
    [InlineData("Assistant__Ollama", "http://2130706433:11434", "Assistant:Ollama")]
    [InlineData("Hosting__TrustedProxies__0", "proxy", "Hosting:TrustedProxies: \"proxy\"")]
    [InlineData("ConnectionStrings__HubChat", "", "ConnectionStrings:HubChat")]
    [InlineData("ConnectionStrings__HubChat", "Host=db;Nonsense=1", "ConnectionStrings:HubChat")]
    [InlineData("Telemetry__Endpoint", "collector:4317", "Telemetry:Endpoint")]
    [InlineData("Telemetry__Protocol", "smoke", "Telemetry:Protocol")]
    [InlineData("Telemetry__TraceRatio", "1.5", "TraceRatio")]
    [InlineData("Telemetry__TraceRatio", "all", "Telemetry:TraceRatio")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "OTEL_EXPORTER_OTLP_ENDPOINT")]
    public async Task Wrong_value_is_named(string option, string value, string named) =>
        Assert.Contains(named, await RefusedAsync(new() { [option] = value }), StringComparison.Ordinal);

    [Fact]
    public async Task Key_that_would_be_sent_in_the_clear_is_refused_and_not_repeated()
    {
        var output = await RefusedAsync(new()
        {
            ["Assistant__Models__0__Name"] = "far",
            ["Assistant__Models__0__BaseUrl"] = "http://models.example.org/v1",
            ["Assistant__Models__0__ApiKey"] = "sk-marker",
        });
        Assert.Contains("use https", output, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-marker", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_file_that_is_no_JSON_is_named()
    {
        var content = Directory.CreateTempSubdirectory("hubchat-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(content.FullName, "appsettings.json"), "{ \"Urls\": ", Token);
            Assert.Contains("Configuration: Failed to load configuration from file", await RefusedAsync(new() { ["ASPNETCORE_CONTENTROOT"] = content.FullName }), StringComparison.Ordinal);
        }
        finally
        {
            content.Delete(recursive: true);
        }
    }

    private static async Task<string> RefusedAsync(Dictionary<string, string> settings)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var server = await ServerProcess.StartAsync(settings, Token);
        });
        Assert.DoesNotContain("   at ", refusal.Message, StringComparison.Ordinal);
        return refusal.Message;
    }
}
