using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HubChat.Server.Diagnostics;

/// <summary>
/// The source and instruments of the server itself; what can only be looked at is in <c>NodeGauges</c>. No text of a message, no name and no
/// token is in what they tell, and each tag has few values. docs/operations.md says what each is good for.
/// </summary>
internal static class HubTelemetry
{
    public const string Name = "HubChat";

    public const string DoorTag = "hubchat.door";

    public const string OutcomeTag = "hubchat.outcome";

    private const string GenerationTag = "hubchat.generation.id";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly InstrumentAdvice<double> Waits = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<double> Moments = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192],
    };

    private static readonly InstrumentAdvice<long> Counts = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    public static readonly Histogram<double> TimeToFirstToken =
        CreateSeconds("hubchat.reply.time_to_first_token", "From a stored question to the first text of its reply that is shown.", Waits);

    public static readonly Histogram<double> StopDuration =
        CreateSeconds("hubchat.reply.stop.duration", "From the wish to stop a running reply to its stored end.", Waits);

    public static readonly Histogram<double> DeltaLag =
        CreateSeconds("hubchat.delta.lag", "From a delta that is shown at this node to its being written to a watcher's connection.", Moments);

    public static readonly Histogram<double> WriteDuration =
        CreateSeconds("hubchat.storage.write.duration", "How long a transaction took that was committed.", Moments);

    public static readonly Histogram<long> WriteBatch =
        Meter.CreateHistogram("hubchat.storage.write.batch_size", "{write}", "How many writes shared a transaction.", advice: Counts);

    public static readonly Counter<long> MessagesPosted =
        Meter.CreateCounter<long>("hubchat.messages.posted", "{message}", "Messages of people that were stored.");

    public static readonly Counter<long> DeltasAppended =
        Meter.CreateCounter<long>("hubchat.deltas.appended", "{delta}", "Pieces of text that replies have grown by.");

    public static readonly Counter<long> DeltasUnshared =
        Meter.CreateCounter<long>("hubchat.delta_log.share.failures", "{failure}", "Times that Redis did not take what was added to a reply.");

    public static readonly Counter<long> Resyncs =
        Meter.CreateCounter<long>("hubchat.watch.resyncs", "{resync}", "Watchers that had lost something and were told anew.");

    public static readonly Counter<long> Resumes =
        Meter.CreateCounter<long>("hubchat.reply.resumes", "{resume}", "Replies that somebody went on reading.");

    public static readonly Counter<long> TakeOvers =
        Meter.CreateCounter<long>("hubchat.reply.take_overs", "{reply}", "Replies whose server had died.");

    public static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("hubchat.call.refusals", "{call}", "Calls that were refused or failed.");

    /// <summary>A moment to measure from. Measurements are about this process and not about what its clock says.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    public static void RecordSince(this Histogram<double> histogram, long startedAt) =>
        histogram.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);

    /// <summary>Since an instant that was stored, perhaps by another node, whose clock may be ahead.</summary>
    public static void RecordSince(this Histogram<double> histogram, DateTimeOffset startedAt, TimeProvider time) =>
        histogram.Record(Math.Max(0, (time.GetUtcNow() - startedAt).TotalSeconds));

    /// <param name="writes">How many shared the transaction.</param>
    /// <param name="startedAt">A moment, <see cref="Now"/>.</param>
    /// <param name="system">The database, as OpenTelemetry calls it.</param>
    public static void Written(int writes, long startedAt, string system)
    {
        var tag = new KeyValuePair<string, object?>("db.system.name", system);
        WriteBatch.Record(writes, tag);
        WriteDuration.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, tag);
    }

    public static void Resumed(string door) => Resumes.Add(1, new KeyValuePair<string, object?>(DoorTag, door));

    public static void TakenOver(string outcome) => TakeOvers.Add(1, new KeyValuePair<string, object?>(OutcomeTag, outcome));

    /// <summary>A call was refused; its span says so too.</summary>
    public static void Refused(string door, string code)
    {
        Refusals.Add(1, new KeyValuePair<string, object?>(DoorTag, door), new KeyValuePair<string, object?>("error.type", code));
        Activity.Current?.SetTag("hubchat.refusal", code);
    }

    /// <summary>Redis did not take what was added to a reply. While it is away that is so for every delta: a span says it once.</summary>
    public static void Unshared()
    {
        const string Event = "hubchat.delta_log.unshared";
        DeltasUnshared.Add(1);
        if (Activity.Current is { IsAllDataRequested: true } span && span.Events.All(told => told.Name != Event))
        {
            span.AddEvent(new ActivityEvent(Event));
        }
    }

    /// <summary>A call asked for a reply: by this id one finds the spans of its attempts, which another node may write.</summary>
    public static void Asked(Guid generation) => Activity.Current?.SetTag(GenerationTag, generation);

    /// <summary>The span of an attempt at a reply; it is nobody's child, because a reply belongs to the server.</summary>
    public static Activity? StartReply(Guid generation, string? model, int attempt)
    {
        Activity.Current = null;
        return Activities.StartActivity("reply", ActivityKind.Internal)?
            .SetTag(GenerationTag, generation)
            .SetTag("hubchat.attempt", attempt)
            .SetTag("gen_ai.request.model", model);
    }

    /// <param name="span">The span of a reply; null when nobody listens.</param>
    /// <param name="outcome">The state it ended in, or <c>lost</c>.</param>
    /// <param name="errorCode">The stable code of what went wrong; null when nothing did.</param>
    public static void SetOutcome(this Activity? span, string outcome, string? errorCode = null)
    {
        span?.SetTag(OutcomeTag, outcome);
        if (errorCode is not null)
        {
            span?.SetTag("error.type", errorCode).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Histogram<double> CreateSeconds(string name, string description, InstrumentAdvice<double> buckets) =>
        Meter.CreateHistogram(name, "s", description, advice: buckets);
}
