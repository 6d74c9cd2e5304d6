namespace HubChat.Tests.History;

/// <summary>
/// Takes the records of all clients of a run, in one order: an invoke is appended before its call is made, an outcome
/// after it is known, so that the order of two lines is never that of a guess. With a path it writes each line at once.
/// </summary>
internal sealed class HistoryWriter(string? path = null, TimeProvider? time = null) : IDisposable
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly List<HistoryRecord> _records = [];
    private readonly StreamWriter? _file = path is null ? null : new StreamWriter(path, append: true) { AutoFlush = true };

    /// <summary>A copy of what was appended so far.</summary>
    public IReadOnlyList<HistoryRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    public void Append(HistoryRecord record)
    {
        lock (_lock)
        {
            // The clock is the machine's: histories of several processes can be put together.
            var stamped = record with { T = (long)(_time.GetTimestamp() * (1_000_000.0 / _time.TimestampFrequency)) };
            _records.Add(stamped);
            _file?.WriteLine(stamped.ToLine());
        }
    }

    /// <summary>The end of a history that is to be checked from its file alone.</summary>
    public void Append(FinalState final)
    {
        foreach (var record in final.ToRecords())
        {
            Append(record);
        }
    }

    public void Dispose() => _file?.Dispose();
}
