using HubChat.Tests.History.Rules;

namespace HubChat.Tests.History.Simulation;

/// <summary>
/// One way to break a good run, and the rule that must notice. It gives all the places where it can be done, and how;
/// a run without such a place is not harmed.
/// </summary>
internal sealed record Harm(string Name, Rule Rule, Func<SimulatedRun, IEnumerable<Func<SimulatedRun>>> Places)
{
    public static readonly IReadOnlyList<Harm> All =
    [
        new("an acknowledged message is lost", Rule.Durable, run =>
            from entry in Acknowledged(run)
            select Do(() => run.ChangeMessages(entry.Chat, messages => messages.Where(message => message.Id != entry.Message.Id)))),

        new("a message is stored twice", Rule.Durable, run =>
            from entry in Acknowledged(run)
            select Do(() => run.ChangeMessages(entry.Chat, messages => messages.Append(entry.Message with { Id = "twin" })))),

        new("an event is lost", Rule.GapFree, run =>
            from chat in run.Final.Chats
            from one in chat.Events.SkipLast(1)
            select Do(() => run.ChangeEvents(chat.Id, events => events.Where(other => other != one)))),

        new("the newest event was shown and not stored", Rule.SameOrder, run =>
            from chat in run.Final.Chats
            where run.Records.Any(record => record.Kind == RecordKind.Event && record.Chat == chat.Id && record.Seq == chat.LastSeq)
            select Do(() => run.ChangeEvents(chat.Id, events => events.SkipLast(1)))),

        new("an event reaches others and not this client", Rule.SameOrder, run =>
            from reading in ReadToTheEnd(run)
            from record in reading.AsEnumerable().Reverse().TakeWhile(record => record.Kind != RecordKind.Snapshot)
            where record.Kind == RecordKind.Event && reading.Count(other => other.Kind == RecordKind.Event && other.Seq == record.Seq) == 1
            select Do(() => run.Replace(record))),

        new("an event is another one for this client", Rule.SameOrder, run =>
            from record in Received(run, RecordKind.Event)
            select Do(() => run.Replace(record, record with { Message = "another" }))),

        new("a delta is garbled", Rule.Text, run =>
            from delta in Effective(run, RecordKind.Delta)
            where delta.Text is { Length: > 0 }
            select Do(() => run.Replace(delta, delta with { Text = "#" + delta.Text![1..] }))),

        new("a reply's hash is wrong", Rule.Text, run =>
            from done in Effective(run, RecordKind.Done)
            select Do(() => run.Replace(done, done with { Hash = TextHash.Of("another text") }))),

        new("a reply is stored with another text", Rule.Text, run =>
            from chat in run.Final.Chats
            from message in chat.Messages
            where message.Gen is not null && Received(run, RecordKind.Done).Any(done => done.Gen == message.Gen)
            select Do(() => run.ChangeMessages(chat.Id, messages =>
                messages.Select(other => other == message ? message with { Text = message.Text + "!" } : other)))),

        new("a message comes before one that its sender knew", Rule.RealTime, run =>
            from two in Acknowledged(run)
            from one in Acknowledged(run)
            where one.Chat == two.Chat && one.OkT < two.BegunT
            select Do(() => run.ChangeMessages(one.Chat, messages => messages.Select(message =>
                message == one.Message ? message with { Seq = two.Message.Seq }
                : message == two.Message ? message with { Seq = one.Message.Seq }
                : message)))),

        new("a former attempt goes on", Rule.Fence, run =>
            from delta in Received(run, RecordKind.Delta)
            where delta.Epoch > 1
            select Do(() => run.InsertAfter(delta, delta with { Epoch = delta.Epoch - 1 }))),

        new("an attempt has two owners", Rule.Fence, run =>
            from claim in run.Records
            where claim.Kind == RecordKind.Claim
            select Do(() => run.InsertAfter(claim, claim with { Owner = "twin" }))),

        new("a reply hangs", Rule.Takeover, run =>
            from chat in run.Final.Chats
            from message in chat.Messages
            where message.Gen is not null
            select Do(() => run.ChangeMessages(chat.Id, messages =>
                messages.Select(other => other == message ? message with { State = "running" } : other)))),

        new("a living reply is silent", Rule.Takeover, run =>
            from delta in FirstSeen(run)
            select Do(() => run.Pause(delta, TimeSpan.FromSeconds(6)))),

        new("a stranger is shown a chat", Rule.Leak, run =>
            from record in Received(run, RecordKind.Event)
            select Do(() => run.InsertAfter(record, record with { Client = "mallory", User = null, Conn = null }))),

        new("a chat's words appear in another one", Rule.Leak, run =>
            from record in Received(run, RecordKind.Event)
            where record is { Chat: "trip", Client: "bob", Text: not null }
            select Do(() => run.Replace(record, record with { Text = record.Text + " <work>" }))),

        new("an outbox is too full", Rule.Memory, run =>
            from sample in run.Records
            where sample.Kind == RecordKind.Sample
            select Do(() => run.Replace(sample, sample with { Outbox = (256 * 1024) + 1 }))),
    ];

    private static Func<SimulatedRun> Do(Func<SimulatedRun> harm) => harm;

    private static IEnumerable<HistoryRecord> Received(SimulatedRun run, RecordKind kind) =>
        run.Records.Where(record => record.Kind == kind && record.Client is not null);

    private static IEnumerable<(string Chat, FinalMessage Message, long BegunT, long OkT)> Acknowledged(SimulatedRun run) =>
        from chat in run.Final.Chats
        from message in chat.Messages
        where message.ClientMsgId is not null
        let attempts = run.Records.Where(record => record.ClientMsgId == message.ClientMsgId && record.Chat == chat.Id).ToArray()
        let ok = attempts.FirstOrDefault(attempt => attempt.Outcome == Outcome.Ok)
        where ok is not null
        select (chat.Id, message, attempts[0].T, ok.T);

    private static IEnumerable<List<HistoryRecord>> ReadToTheEnd(SimulatedRun run)
    {
        var view = new HistoryRun(run.Records, run.Final, new HistoryOptions());
        return view.Readings().Where(reading => view.WatchesAtEnd(reading.Key.Client, reading.Key.Chat)).Select(reading => reading.ToList());
    }

    /// <summary>The deltas and ends that stand for the client's text until the end of their attempt, which it sees.</summary>
    private static IEnumerable<HistoryRecord> Effective(SimulatedRun run, RecordKind kind)
    {
        foreach (var reply in run.Records.Where(record => record is { Client: not null, Gen: not null }).GroupBy(record => (record.Client, record.Gen)))
        {
            var replay = new ReplyReplay(new WrittenTexts());
            var pending = new List<HistoryRecord>();
            foreach (var record in reply)
            {
                var length = replay.Text.Length;
                replay.Apply(record);
                if (record.Kind is RecordKind.Reset or RecordKind.Stored || replay.IsLost)
                {
                    pending.Clear();
                }
                else if (record.Epoch == replay.Epoch && record.Kind == kind && (kind == RecordKind.Done || replay.Text.Length > length))
                {
                    pending.Add(record);
                }

                if (record.Kind == RecordKind.Done && record.Epoch == replay.Epoch && !replay.IsLost)
                {
                    foreach (var effective in pending)
                    {
                        yield return effective;
                    }

                    pending.Clear();
                }
            }
        }
    }

    /// <summary>The deltas that are the first sign of their text, while the reply lives.</summary>
    private static IEnumerable<HistoryRecord> FirstSeen(SimulatedRun run)
    {
        var seen = new Dictionary<string, (int, int)>();
        foreach (var record in run.Records.Where(record => record.Gen is not null))
        {
            if (record is { Kind: RecordKind.Done or RecordKind.Stored } or { Type: "generation.completed" })
            {
                seen[record.Gen!] = (int.MaxValue, 0);
            }

            if (record.Epoch is null)
            {
                continue;
            }

            var reached = (record.Epoch.Value, (record.Off ?? 0) + (record.Text?.Length ?? 0));
            if (reached.CompareTo(seen.GetValueOrDefault(record.Gen!)) > 0)
            {
                seen[record.Gen!] = reached;
                if (record.Kind == RecordKind.Delta)
                {
                    yield return record;
                }
            }
        }
    }
}
