using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// The source and instruments of calls to models, named as Microsoft.Extensions.AI names them, after the OpenTelemetry conventions for
/// generative AI; buckets as these advise.
/// </summary>
internal static class ModelTelemetry
{
    public const string Name = "Experimental.Microsoft.Extensions.AI";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<long> Tokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    public static readonly Histogram<double> Duration = CreateSeconds("gen_ai.client.operation.duration", "How long a call of a model took.");

    public static readonly Histogram<double> TimeToFirstChunk =
        CreateSeconds("gen_ai.client.operation.time_to_first_chunk", "How long a model took to begin.");

    public static readonly Histogram<double> TimePerOutputChunk =
        CreateSeconds("gen_ai.client.operation.time_per_output_chunk", "How long each further piece of an answer took.");

    public static readonly Histogram<long> TokenUsage =
        Meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "How many tokens a call read and wrote.", advice: Tokens);

    private static Histogram<double> CreateSeconds(string name, string description) => Meter.CreateHistogram(name, "s", description, advice: Seconds);
}
