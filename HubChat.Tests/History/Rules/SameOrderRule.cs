namespace HubChat.Tests.History.Rules;

/// <summary>Replays what each client received by the rules of the contract; what it would have applied must be the log.</summary>
internal static class SameOrderRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        // What the database holds comes first; for an event that it does not hold, the first client that saw it.
        var known = run.Chats.Values
            .SelectMany(chat => chat.Events, (chat, one) => (Key: (chat.Id, one.Seq), Event: (one.Type, one.Message)))
            .GroupBy(entry => entry.Key)
            .ToDictionary(entries => entries.Key, entries => entries.First().Event);

        return run.Readings().SelectMany(reading => new Reader(run, reading.Key.Client, reading.Key.Chat).Read(reading, known));
    }

    private sealed class Reader(HistoryRun run, string client, string chat)
    {
        private long? _last;
        private long _owed;

        public IEnumerable<Violation> Read(
            IEnumerable<HistoryRecord> records, Dictionary<(string Chat, long Seq), (string Type, string? Message)> known)
        {
            foreach (var record in records)
            {
                var sentence = record switch
                {
                    { Kind: RecordKind.Watch } => Watch(record),
                    { Kind: RecordKind.Resync } => Watch(record with { Seq = null }),
                    { Kind: RecordKind.Snapshot, Seq: { } seq } => Snapshot(seq),
                    { Kind: RecordKind.Event, Seq: { } seq } => Differs(record, known) ?? Event(seq, record.Outcome == Outcome.Applied),
                    { Kind: RecordKind.Top, Seq: { } seq } => Top(seq),
                    _ => null,
                };
                if (sentence is not null)
                {
                    // What follows from the first mistake says nothing new.
                    yield return Broken(sentence);
                    yield break;
                }
            }

            if (_last is { } last && run.WatchesAtEnd(client, chat) && run.Chats.TryGetValue(chat, out var final) && last != final.LastSeq)
            {
                yield return Broken($"It watches to the end and stands at {last}, the log at {final.LastSeq}.");
            }
        }

        private string? Watch(HistoryRecord record)
        {
            _last ??= record.Seq;
            _owed = 0;
            return null;
        }

        private string? Snapshot(long seq)
        {
            if (seq < _last)
            {
                return $"It was at {_last} when a snapshot of {seq} came.";
            }

            (_last, _owed) = (seq, 0);
            return null;
        }

        private string? Top(long seq)
        {
            _owed = Math.Max(_owed, seq);
            return null;
        }

        private string? Event(long seq, bool applied)
        {
            if (_last is null)
            {
                return $"Event {seq} came before the answer of its watch.";
            }

            if (seq == _last + 1)
            {
                _last = seq;
                return null;
            }

            if (applied)
            {
                return $"It applied {seq} after {_last}.";
            }

            _owed = Math.Max(_owed, seq);
            return seq > _last && !run.Options.HolesMayHeal ? $"Event {seq} came after {_last}." : null;
        }

        private string? Differs(HistoryRecord record, Dictionary<(string Chat, long Seq), (string Type, string? Message)> known)
        {
            var key = (chat, record.Seq!.Value);
            if (run.Chats.TryGetValue(chat, out var final) && record.Seq > final.LastSeq)
            {
                return $"It was shown event {record.Seq}; the log ends at {final.LastSeq}.";
            }

            if (known.TryAdd(key, (record.Type ?? "", record.Message)))
            {
                return null;
            }

            var (type, message) = known[key];
            return (record.Type ?? type) == type && (record.Message ?? message) == message
                ? null
                : $"Event {record.Seq} is {record.Type} {record.Message} for it, and {type} {message} for others.";
        }

        private Violation Broken(string sentence) => new(Rule.SameOrder, chat, client, sentence);
    }
}
