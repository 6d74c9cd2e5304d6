using System.Diagnostics;
using System.Reflection;
using HubChat.Server.Diagnostics;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HubChat.Server.Hosting;

/// <summary>Metrics and traces for an OTLP collector, where the configuration names one; else OpenTelemetry does not even start.</summary>
internal static class TelemetrySetup
{
    private const string Service = "hubchat";
    private const string Metrics = "metrics";
    private const string Traces = "traces";

    // What is asked every few seconds, and connections that last for hours: their calls have spans of their own.
    private static readonly PathString[] Untraced = ["/healthz", "/readyz", "/hubs"];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateOnStart()
            .Configure(options => AddStandardVariables(options, configuration));
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddHostedService<NodeGauges>();
        return IsWanted(configuration) ? services.AddExport() : services;
    }

    /// <summary>What HubChat's own settings do not say, the standard variables may.</summary>
    private static void AddStandardVariables(TelemetryOptions options, IConfiguration configuration)
    {
        options.Endpoint = FirstOf(options.Endpoint, configuration["OTEL_EXPORTER_OTLP_ENDPOINT"], "");
        options.Protocol = FirstOf(options.Protocol, configuration["OTEL_EXPORTER_OTLP_PROTOCOL"], TelemetryOptions.Grpc);
    }

    private static string FirstOf(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
        {
            if (!string.IsNullOrWhiteSpace(value))
            {
                return value.Trim();
            }
        }

        return "";
    }

    private static bool IsWanted(IConfiguration configuration)
    {
        var options = configuration.GetSection(TelemetryOptions.Section)[nameof(TelemetryOptions.Endpoint)];
        return FirstOf(options, configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) != "";
    }

    private static IServiceCollection AddExport(this IServiceCollection services)
    {
        services.AddExporter(Metrics).AddExporter(Traces);
        services.AddOptions<AspNetCoreTraceInstrumentationOptions>().Configure(requests =>
        {
            requests.Filter = context => !Untraced.Any(path => context.Request.Path.StartsWithSegments(path));
            requests.RecordException = false;
        });
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(Service, serviceVersion: typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter(HubTelemetry.Name, ModelTelemetry.Name, "System.Runtime", "Npgsql")
                .AddAspNetCoreInstrumentation()
                .AddOtlpExporter(Metrics, configure: null))
            .WithTracing(traces => traces
                .SetSampler(provider => new TraceIdRatioBasedSampler(provider.GetRequiredService<IOptions<TelemetryOptions>>().Value.TraceRatio))
                .AddSource(HubTelemetry.Name, ModelTelemetry.Name, "Npgsql")
                .AddAspNetCoreInstrumentation()
                .AddProcessor<QueryRemoval>()
                .AddOtlpExporter(Traces, configure: null));
        return services;
    }

    private static IServiceCollection AddExporter(this IServiceCollection services, string signal)
    {
        services.AddOptions<OtlpExporterOptions>(signal).Configure<IOptions<TelemetryOptions>>((exporter, options) =>
        {
            exporter.Protocol = options.Value.Protocol == TelemetryOptions.HttpProtobuf ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            exporter.Endpoint = options.Value.AddressOf(signal);
        });
        return services;
    }

    /// <summary>Tokens of hub connections stand in query strings. Whatever a library records of one goes, before any exporter sees it.</summary>
    private sealed class QueryRemoval : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => data.SetTag("url.query", null).SetTag("url.full", null).SetTag("http.url", null).SetTag("http.target", null);
    }
}
