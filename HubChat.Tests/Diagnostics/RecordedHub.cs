using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using HubChat.Server.Diagnostics;

namespace HubChat.Tests.Diagnostics;

/// <summary>What the servers of this process measure and trace; the test that listens must run alone.</summary>
internal sealed class RecordedHub : IDisposable
{
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters;

    /// <param name="more">Sources of spans besides the server's own.</param>
    public RecordedHub(params string[] more)
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == HubTelemetry.Name || more.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == HubTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.Start();
    }

    public ConcurrentQueue<Activity> Spans { get; } = new();

    public ConcurrentQueue<(string Name, double Value, string Tags)> Measurements { get; } = new();

    /// <summary>What a counter has risen by, or how often something was measured.</summary>
    public double Sum(string name, string tags = "") => Of(name, tags).Sum();

    public double[] Of(string name, string tags = "") =>
        [.. Measurements.Where(measured => measured.Name == name && measured.Tags.Contains(tags, StringComparison.Ordinal)).Select(measured => measured.Value)];

    /// <summary>What a gauge says now.</summary>
    public double Look(string name)
    {
        var seen = Measurements.Count;
        _meters.RecordObservableInstruments();
        return Measurements.Skip(seen).Where(measured => measured.Name == name).Sum(measured => measured.Value);
    }

    /// <summary>Everything that a span says.</summary>
    public static string Said(Activity span) => string.Join(
        '\n',
        [span.OperationName, span.DisplayName, span.StatusDescription, .. span.TagObjects.Concat(span.Events.SelectMany(told => told.Tags)).Select(tag => $"{tag.Key}={tag.Value}")]);

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Measurements.Enqueue((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
}
