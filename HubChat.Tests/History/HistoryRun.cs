namespace HubChat.Tests.History;

/// <summary>A history, what the database held after it, and what several rules ask about the two.</summary>
internal sealed class HistoryRun
{
    private readonly Dictionary<(string Client, string Chat), Watching> _watching = [];

    public HistoryRun(IReadOnlyList<HistoryRecord> records, FinalState final, HistoryOptions options)
    {
        Records = [.. records.Where(record => record.Kind is not (RecordKind.FinalMessage or RecordKind.FinalEvent))];
        Options = options;
        Chats = final.Chats.ToDictionary(chat => chat.Id);
        Replies = final.Chats
            .SelectMany(chat => chat.Messages)
            .Where(message => message.Gen is not null)
            .GroupBy(message => message.Gen!)
            .ToDictionary(messages => messages.Key, messages => messages.First());
        foreach (var record in Records)
        {
            Follow(record);
        }
    }

    public IReadOnlyList<HistoryRecord> Records { get; }

    public HistoryOptions Options { get; }

    public IReadOnlyDictionary<string, FinalChat> Chats { get; }

    /// <summary>The replies in the database, by generation.</summary>
    public IReadOnlyDictionary<string, FinalMessage> Replies { get; }

    /// <summary>The end of the history, in its own time.</summary>
    public long EndT => Records.Count == 0 ? 0 : Records[^1].T;

    public static TimeSpan Between(long from, long to) => TimeSpan.FromMicroseconds(to - from);

    /// <summary>What the clients received of chats, by client and chat, in order.</summary>
    public IEnumerable<IGrouping<(string Client, string Chat), HistoryRecord>> Readings() =>
        Records
            .Where(record => record is { Client: not null, Chat: not null } && record.Kind != RecordKind.Send)
            .GroupBy(record => (record.Client!, record.Chat!));

    /// <summary>Whether the client still watched when the history ended: it must know everything then.</summary>
    public bool WatchesAtEnd(string client, string chat) => _watching.TryGetValue((client, chat), out var watching) && watching.Since is not null;

    /// <summary>How much of a stretch of time somebody watched the chat.</summary>
    public TimeSpan Watched(string chat, long from, long to)
    {
        var covered = 0L;
        var end = from;
        var stretches = _watching.Where(entry => entry.Key.Chat == chat).SelectMany(entry => entry.Value.Stretches(EndT)).Order();
        foreach (var (start, stop) in stretches)
        {
            var (first, last) = (Math.Max(start, end), Math.Min(stop, to));
            if (last > first)
            {
                covered += last - first;
                end = last;
            }
        }

        return Between(0, covered);
    }

    private void Follow(HistoryRecord record)
    {
        switch (record)
        {
            case { Client: null }:
                break;
            case { Kind: RecordKind.Disconnect }:
                foreach (var (_, watching) in _watching.Where(entry => entry.Key.Client == record.Client))
                {
                    watching.End(record);
                }

                break;
            case { Chat: null } or { Kind: RecordKind.Send }:
                break;
            case { Kind: RecordKind.Closed or RecordKind.Unwatch }:
                Of(record)?.End(record with { Conn = null });
                break;
            case { Kind: RecordKind.Watch or RecordKind.Snapshot or RecordKind.Resync }:
                (Of(record) ?? New(record)).Begin(record);
                break;
            default:
                // What still comes from a connection that has ended does not begin a watch again.
                if (Of(record) is null)
                {
                    New(record).Begin(record);
                }

                break;
        }
    }

    private Watching? Of(HistoryRecord record) => _watching.GetValueOrDefault((record.Client!, record.Chat!));

    private Watching New(HistoryRecord record) => _watching[(record.Client!, record.Chat!)] = new Watching();

    private sealed class Watching
    {
        private readonly List<(long From, long To)> _ended = [];
        private string? _conn;

        public long? Since { get; private set; }

        public void Begin(HistoryRecord record)
        {
            Since ??= record.T;
            _conn = record.Conn;
        }

        public void End(HistoryRecord record)
        {
            if (Since is { } since && (record.Conn is null || _conn is null || record.Conn == _conn))
            {
                _ended.Add((since, record.T));
                Since = null;
            }
        }

        public IEnumerable<(long From, long To)> Stretches(long now) => Since is { } since ? _ended.Append((since, now)) : _ended;
    }
}
