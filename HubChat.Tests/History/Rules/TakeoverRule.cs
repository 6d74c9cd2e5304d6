namespace HubChat.Tests.History.Rules;

/// <summary>A reply lives from its start to its end; in between it makes progress, or somebody else takes it over.</summary>
internal static class TakeoverRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var silent = Generations(run)
            .SelectMany(generation => new Life(run, run.Options.Silence).Follow(generation))
            .Select(silence => new Violation(
                Rule.Takeover, silence.Chat, null, $"Generation {silence.Gen} was silent for {silence.Length.TotalSeconds:0.0} s of epoch {silence.Epoch}."));
        var hanging = run.Chats.Values.SelectMany(
            chat => chat.Messages.Where(message => message.Gen is not null && message.State is "queued" or "running"),
            (chat, message) => new Violation(Rule.Takeover, chat.Id, null, $"Generation {message.Gen} is still {message.State} at the end."));
        return silent.Concat(hanging);
    }

    /// <summary>The longest silence of any reply, broken promise or not.</summary>
    public static TimeSpan LongestSilence(HistoryRun run)
    {
        var longest = TimeSpan.Zero;
        foreach (var generation in Generations(run))
        {
            longest = new Life(run, longest).Follow(generation).Select(silence => silence.Length).Append(longest).Max();
        }

        return longest;
    }

    private static IEnumerable<IGrouping<string, HistoryRecord>> Generations(HistoryRun run) =>
        run.Records.Where(record => record.Gen is not null).GroupBy(record => record.Gen!);

    private sealed record Silence(string Chat, string? Gen, int Epoch, TimeSpan Length);

    /// <param name="run">The history.</param>
    /// <param name="allowed">Silences up to this length are not spoken of.</param>
    private sealed class Life(HistoryRun run, TimeSpan allowed)
    {
        private long? _last;
        private int _epoch;
        private int _length;

        public IEnumerable<Silence> Follow(IEnumerable<HistoryRecord> records)
        {
            HistoryRecord? latest = null;
            foreach (var record in records)
            {
                latest = record with { Chat = record.Chat ?? latest?.Chat };
                var ends = IsEnd(record);
                if (!ends && !IsProgress(record))
                {
                    continue;
                }

                if (SilenceOf(latest, record.T) is { } broken)
                {
                    yield return broken;
                }

                _last = ends ? null : record.T;
            }

            if (latest is not null && SilenceOf(latest, run.EndT) is { } hangs)
            {
                yield return hangs;
            }
        }

        // A repeated delta is no sign of life: any server can repeat what is stored.
        private bool IsProgress(HistoryRecord record)
        {
            switch (record)
            {
                case { Kind: RecordKind.Claim, Epoch: { } epoch }:
                    return Reach(epoch, 0);
                case { Kind: RecordKind.Event, Type: "generation.started", Epoch: { } epoch }:
                    return Reach(epoch, 0);
                case { Kind: RecordKind.Reset, Epoch: { } epoch }:
                    return Reach(epoch, record.Text?.Length ?? 0);
                case { Kind: RecordKind.Delta, Epoch: { } epoch }:
                    return Reach(epoch, (record.Off ?? 0) + (record.Text?.Length ?? 0));
                default:
                    return false;
            }
        }

        private bool Reach(int epoch, int length)
        {
            if ((epoch, length).CompareTo((_epoch, _length)) <= 0)
            {
                return false;
            }

            (_epoch, _length) = (epoch, length);
            return true;
        }

        private bool IsEnd(HistoryRecord record) => record switch
        {
            { Kind: RecordKind.Done } => !(record.Epoch < _epoch),
            { Kind: RecordKind.Event, Type: "generation.completed" } => true,
            { Kind: RecordKind.Stored } => record.State is not ("queued" or "running"),
            _ => false,
        };

        private Silence? SilenceOf(HistoryRecord record, long until)
        {
            if (_last is not { } last || record.Chat is not { } chat || HistoryRun.Between(last, until) <= allowed)
            {
                return null;
            }

            // While nobody looks, nobody can tell.
            var silence = run.Watched(chat, last, until);
            return silence <= allowed ? null : new Silence(chat, record.Gen, _epoch, silence);
        }
    }
}
