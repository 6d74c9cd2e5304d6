using System.Net;
using HubChat.Server.Hosting;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xunit;

namespace HubChat.Tests.Hosting;

/// <summary>What is exported, where to, and that the server does not depend on it.</summary>
public sealed class TelemetryTests
{
    private const string Metrics = "/v1/metrics";
    private const string Traces = "/v1/traces";
    private const string Text = "Marker-of-a-text for the @assistant";

    private static readonly TimeSpan ExportWithin = TimeSpan.FromSeconds(60);

    // OpenTelemetry's own variables: a minute is long for a test.
    private static readonly (string Name, string Value)[] Hurry =
        [("OTEL_METRIC_EXPORT_INTERVAL", "300"), ("OTEL_BSP_SCHEDULE_DELAY", "200"), ("Assistant__DemoWordsPerSecond", "200")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Telemetry__Endpoint", "Telemetry__Protocol")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL")]
    public async Task Collector_is_sent_measurements_and_spans_without_texts_and_tokens(string endpoint, string protocol)
    {
        await using var collector = await OtlpCollector.StartAsync(Token);
        await using var server = await FaultServer.StartAsync(Token, [.. Hurry, (endpoint, collector.Address), (protocol, "http/protobuf")]);
        var ada = await server.SignUpAsync("ada", Token);
        await TalkAsync(ada);

        await Eventually.HoldsAsync(
            () => Has(collector.At(Metrics), "hubchat.messages.posted", "hubchat.reply.time_to_first_token", "hubchat.delta.lag", "hubchat.hub.connections",
                "gen_ai.client.operation.duration", "http.server.request.duration", "dotnet.gc.collections"),
            Token,
            ExportWithin);
        await Eventually.HoldsAsync(
            () => Has(collector.At(Traces), "reply", "hubchat.generation.id", "ChatHub/PostMessage", "/api/auth/signup", "/api/query-marker"), Token, ExportWithin);

        Assert.True(collector.HasOnly(Metrics, Traces));
        foreach (var exported in new[] { collector.At(Metrics), collector.At(Traces) })
        {
            Assert.Contains("hubchat", exported, StringComparison.Ordinal);
            Assert.DoesNotContain(ada.Token, exported, StringComparison.Ordinal);
            Assert.DoesNotContain("access_token", exported, StringComparison.Ordinal);
            Assert.DoesNotContain("url.query", exported, StringComparison.Ordinal);
            Assert.DoesNotContain("Marker-of-a-text", exported, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("/hubs/chat", collector.At(Traces), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_is_sent_them_over_grpc_when_nothing_else_is_said()
    {
        const string Service = "/opentelemetry.proto.collector";
        await using var collector = await OtlpCollector.StartAsync(Token, HttpProtocols.Http2);
        await using var server = await FaultServer.StartAsync(Token, [.. Hurry, ("Telemetry__Endpoint", collector.Address)]);
        await TalkAsync(await server.SignUpAsync("ada", Token));

        await Eventually.HoldsAsync(
            () => Has(collector.At($"{Service}.metrics.v1.MetricsService/Export"), "hubchat.messages.posted", "hubchat.delta.lag")
                && Has(collector.At($"{Service}.trace.v1.TraceService/Export"), "reply", "hubchat.generation.id", "ChatHub/PostMessage"),
            Token,
            ExportWithin);
    }

    [Fact]
    public async Task Own_setting_wins_over_the_standard_variable_and_may_have_a_path()
    {
        await using var collector = await OtlpCollector.StartAsync(Token);
        await using var other = await OtlpCollector.StartAsync(Token);
        await using var server = await FaultServer.StartAsync(
            Token,
            [.. Hurry, ("Telemetry__Endpoint", $"{collector.Address}/otlp/"), ("Telemetry__Protocol", "http/protobuf"), ("OTEL_EXPORTER_OTLP_ENDPOINT", other.Address)]);

        await Eventually.HoldsAsync(() => Has(collector.At($"/otlp{Metrics}"), "hubchat.hub.connections"), Token, ExportWithin);
        Assert.True(other.HasOnly());
    }

    [Fact]
    public async Task No_trace_is_exported_when_none_is_wanted()
    {
        await using var collector = await OtlpCollector.StartAsync(Token);
        await using var server = await FaultServer.StartAsync(
            Token, [.. Hurry, ("Telemetry__Endpoint", collector.Address), ("Telemetry__Protocol", "http/protobuf"), ("Telemetry__TraceRatio", "0")]);
        await server.SignUpAsync("ada", Token);

        await Eventually.HoldsAsync(() => Has(collector.At(Metrics), "hubchat.storage.write.duration"), Token, ExportWithin);
        Assert.True(collector.HasOnly(Metrics));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Collector_that_is_not_there_disturbs_nobody(string protocol)
    {
        await using var server = await FaultServer.StartAsync(
            Token, [.. Hurry, ("Telemetry__Endpoint", $"http://127.0.0.1:{FreePorts.Next()}"), ("Telemetry__Protocol", protocol), ("Hosting__DrainFor", "00:00:00")]);
        await TalkAsync(await server.SignUpAsync("ada", Token));
        server.Terminate();

        Assert.Equal(0, await server.ExitedAsync(Token));
    }

    [Fact]
    public async Task Nothing_starts_where_no_collector_is_named()
    {
        await using var app = new HubChatApp();
        app.Start();

        Assert.Null(app.Services.GetService<MeterProvider>());
        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("http://127.0.0.1:4317", true)]
    [InlineData("https://collector.example.org/otlp", true)]
    [InlineData("collector:4317", false)]
    [InlineData("ftp://collector.example.org", false)]
    [InlineData("http://user:word@collector.example.org", false)]
    [InlineData("https://collector.example.org/?key=word", false)]
    public void Endpoint_is_an_address_without_secrets(string endpoint, bool isValid) =>
        Assert.Equal(isValid, new TelemetryOptionsValidator().Validate(null, new TelemetryOptions { Endpoint = endpoint }).Succeeded);

    private static bool Has(string exported, params string[] parts) => parts.All(part => exported.Contains(part, StringComparison.Ordinal));

    /// <summary>Asks the assistant at the hub, and puts the token into addresses where it may stand and where it may not.</summary>
    private static async Task TalkAsync(TestUser ada)
    {
        using var http = new HttpClient { BaseAddress = ada.Address };
        using var negotiated = await http.PostAsync($"/hubs/chat/negotiate?negotiateVersion=1&access_token={ada.Token}", content: null, Token);
        Assert.Equal(HttpStatusCode.OK, negotiated.StatusCode);
        using var astray = await http.GetAsync($"/api/query-marker?access_token={ada.Token}", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, Text, "c-1", Token);
        await hub.NextAsync(Token, "done");
    }
}
