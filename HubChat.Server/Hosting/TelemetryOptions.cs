using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>Where metrics and traces go. By default nowhere, and nothing is measured.</summary>
internal sealed class TelemetryOptions : IValidatableObject
{
    public const string Section = "Telemetry";

    public const string Grpc = "grpc";

    public const string HttpProtobuf = "http/protobuf";

    // One line names the option, also where the value comes from OpenTelemetry's own variable.
    private const string EndpointMistake =
        "Telemetry:Endpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) must be the address of an OTLP collector, such as http://127.0.0.1:4317, without user, query and fragment.";

    private const string ProtocolMistake = "Telemetry:Protocol (or OTEL_EXPORTER_OTLP_PROTOCOL) must be grpc or http/protobuf.";

    /// <summary>The collector: an absolute address, http or https. Empty exports nothing.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>How the collector is spoken to: <c>grpc</c>, the default, or <c>http/protobuf</c>.</summary>
    [RegularExpression($"^({Grpc}|{HttpProtobuf})?$", ErrorMessage = ProtocolMistake)]
    public string Protocol { get; set; } = "";

    /// <summary>Which part of the traces is exported, 0 to 1.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Telemetry:TraceRatio must be between 0 and 1.")]
    public double TraceRatio { get; set; } = 1;

    // Said without the value: a key may stand in it.
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Endpoint == "" || IsAddress ? [] : [new ValidationResult(EndpointMistake)];

    /// <summary>Where a signal goes. With gRPC the address is the same for all.</summary>
    public Uri AddressOf(string signal) =>
        Protocol == HttpProtobuf ? new Uri($"{Endpoint.TrimEnd('/')}/v1/{signal}") : new Uri(Endpoint);

    private bool IsAddress =>
        Uri.TryCreate(Endpoint, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri is { UserInfo: "", Query: "", Fragment: "" };
}

[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
