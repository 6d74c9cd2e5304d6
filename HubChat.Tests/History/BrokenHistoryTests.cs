using HubChat.Tests.History.Rules;
using HubChat.Tests.History.Simulation;
using Xunit;

namespace HubChat.Tests.History;

/// <summary>A checker that cannot fail proves nothing: each of these is the good run with one thing wrong.</summary>
public sealed class BrokenHistoryTests
{
    private static readonly SimulatedRun Good = GoodRun.Create();

    /// <summary>An event that brought no message: there is room for a false one.</summary>
    private static long FreeSeq { get; } = Final("trip").Events.Last(one => one.Type == "generation.started").Seq;

    private static string Reply { get; } = Good.Records.First(record => record.Kind == RecordKind.Claim).Gen!;

    [Fact]
    public void Acknowledged_send_that_is_not_stored_is_flagged() =>
        Broken(Rule.Durable, Good.ChangeMessages("trip", messages => messages.Where(message => !message.Text.StartsWith("bye", StringComparison.Ordinal))));

    [Fact]
    public void Unknown_send_that_is_stored_twice_is_flagged() =>
        Broken(Rule.Durable, Good.ChangeMessages("trip", messages =>
            messages.Append(messages.First(message => message.Text.StartsWith("arrived", StringComparison.Ordinal)) with { Id = "twin", Seq = FreeSeq })));

    [Fact]
    public void Refused_send_that_is_stored_is_flagged()
    {
        var refused = Send("bob", "refused", Outcome.Fail);
        Broken(Rule.Durable, Good.ChangeMessages("trip", messages =>
            messages.Append(new FinalMessage(FreeSeq, "ghost", "bob", refused.ClientMsgId, refused.Text!))));
    }

    [Fact]
    public void Send_that_is_stored_under_another_name_is_flagged() =>
        Broken(Rule.Durable, Good.ChangeMessages("trip", messages =>
            messages.Select(message => message.Text.StartsWith("thanks", StringComparison.Ordinal) ? message with { Author = "bob" } : message)));

    [Fact]
    public void Send_that_is_stored_with_another_text_is_flagged() =>
        Broken(Rule.Durable, Good.ChangeMessages("trip", messages =>
            messages.Select(message => message.Text.StartsWith("first", StringComparison.Ordinal) ? message with { Text = "fürst" } : message)));

    [Fact]
    public void Send_that_is_acknowledged_with_two_numbers_is_flagged()
    {
        var ok = Send("bob", "bye", Outcome.Ok);
        Broken(Rule.Durable, Good.InsertAfter(ok, ok with { Seq = ok.Seq + 1 }));
    }

    [Fact]
    public void Log_with_a_hole_is_flagged() =>
        Broken(Rule.GapFree, Good.ChangeEvents("trip", events => events.Where(one => one.Seq != 4)));

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Hole_of_a_restore_may_be_there_and_no_other(long skipped, bool isExpected)
    {
        var run = Good.ChangeEvents("trip", events => events.Where(one => one.Seq != 4));

        var flagged = Flagged(run.Check(new HistoryOptions { Skipped = skipped }));

        Assert.Equal(isExpected ? [] : [Rule.GapFree], flagged);
    }

    [Fact]
    public void Number_given_to_two_events_is_flagged() =>
        Broken(Rule.GapFree, Good.ChangeEvents("trip", events => events.Append(events[3])));

    [Fact]
    public void Number_given_to_two_messages_is_flagged() =>
        Broken(Rule.GapFree, Good.ChangeMessages("trip", messages => messages.Append(messages[0] with { Id = "twin", ClientMsgId = null })));

    [Fact]
    public void History_with_a_hole_is_flagged() =>
        Broken(Rule.SameOrder, Good.Without(record => IsEvent(record, "ada", 4)));

    [Fact]
    public void Client_that_applies_over_a_hole_is_flagged()
    {
        // The phone leaves before the end: only what it says of itself gives it away.
        var last = Good.Records.Last(record => record is { Client: "ada-phone", Kind: RecordKind.Event });
        Broken(Rule.SameOrder, Good.Replace(last, last with { Seq = last.Seq + 1, Type = null, Message = null, Outcome = Outcome.Applied }));
    }

    [Fact]
    public void Hole_is_flagged_at_once_where_none_may_be()
    {
        var run = Good.Without(record => IsEvent(record, "ada-phone", Good.Records.First(one => IsEvent(one, "ada-phone")).Seq!.Value));

        Assert.Equal([Rule.SameOrder], Flagged(run.Check(new HistoryOptions { HolesMayHeal = false })));
    }

    [Fact]
    public void Lost_delta_is_flagged_at_once_where_none_may_be()
    {
        // The stored text makes up for it in the end, which is not enough here.
        var delta = Delta("ada", "answer ");

        Assert.Equal([Rule.Text], Flagged(Good.Replace(delta).Check(new HistoryOptions { HolesMayHeal = false })));
    }

    [Fact]
    public void Clients_that_see_two_orders_are_flagged()
    {
        var (one, two) = (Event("bob", 3), Event("bob", 4));
        Broken(Rule.SameOrder, Good
            .Replace(one, one with { Message = two.Message })
            .Replace(two, two with { Message = one.Message }));
    }

    [Fact]
    public void Client_that_ends_behind_the_log_is_flagged() =>
        Broken(Rule.SameOrder, Good.Without(record => IsEvent(record, "bob", Final("trip").LastSeq)));

    [Fact]
    public void Event_that_was_shown_and_not_stored_is_flagged()
    {
        var last = Event("ada", Final("trip").LastSeq);
        Broken(Rule.SameOrder, Good.InsertAfter(last, last with { Seq = last.Seq + 1 }));
    }

    [Fact]
    public void Event_before_the_answer_of_the_watch_is_flagged()
    {
        var watch = Good.Records.First(record => record is { Client: "bob", Kind: RecordKind.Watch });
        Broken(Rule.SameOrder, Good.InsertAfter(watch, Event("bob", 3)));
    }

    [Fact]
    public void Snapshot_that_goes_back_is_flagged()
    {
        var last = Event("ada", Final("trip").LastSeq);
        Broken(Rule.SameOrder, Good.InsertAfter(last, last with { Kind = RecordKind.Snapshot, Seq = last.Seq - 1 }));
    }

    [Fact]
    public void Lost_delta_is_flagged()
    {
        var run = Good.Without(record => record.Client == "ada" && record.Kind == RecordKind.Delta && record.Text == "answer ");
        Broken(Rule.Text, run.Without(record => record is { Client: "ada", Kind: RecordKind.Stored }));
    }

    [Fact]
    public void Delta_that_others_saw_otherwise_is_flagged()
    {
        var delta = Delta("ada", "answer ");
        Broken(Rule.Text, Good.Replace(delta, delta with { Text = "ANSWER " }));
    }

    [Fact]
    public void Repeated_text_at_a_new_place_is_flagged()
    {
        var delta = Delta("ada", "answer ");
        Broken(Rule.Text, Good.InsertAfter(delta, delta with { Off = delta.Off + delta.Text!.Length, N = delta.N + 1 }));
    }

    [Fact]
    public void New_text_under_an_old_number_is_flagged()
    {
        var delta = Delta("ada", "answer ");
        Broken(Rule.Text, Good.Replace(delta, delta with { N = 1 }));
    }

    [Theory]
    [InlineData("upper")]
    [InlineData("length")]
    [InlineData("longer")]
    [InlineData("hash")]
    public void Wrong_end_is_flagged(string what)
    {
        var done = Good.Records.First(record => record is { Client: "ada", Kind: RecordKind.Done });
        Broken(Rule.Text, Good.Replace(done, what switch
        {
            "upper" => done with { Hash = done.Hash!.ToUpperInvariant() },
            // The smiley is two units, and one character.
            "length" => done with { Length = done.Length - 1 },
            "longer" => done with { Length = done.Length + 1 },
            _ => done with { Hash = TextHash.Of("another text") },
        }));
    }

    [Fact]
    public void Text_that_differs_from_the_stored_one_is_flagged() =>
        Broken(Rule.Text, Good.ChangeMessages("trip", messages =>
            messages.Select(message => message.Gen is null ? message : message with { Text = message.Text + "!" })));

    [Fact]
    public void Order_against_what_the_sender_knew_is_flagged()
    {
        // Ada's send is the earlier one in the log. It now begins only after Bob's is acknowledged.
        var (begun, known) = (Send("ada", "first", Outcome.Invoke), Send("bob", "second", Outcome.Ok));
        Broken(Rule.RealTime, Good.Without(record => ReferenceEquals(record, begun)).InsertAfter(known, begun with { T = known.T }));
    }

    [Fact]
    public void Delta_of_a_former_attempt_is_flagged()
    {
        var delta = Delta("ada", "answer ");
        Broken(Rule.Fence, Good.InsertAfter(delta, delta with { Epoch = 1, Text = "zombie" }));
    }

    [Fact]
    public void Attempt_with_two_owners_is_flagged()
    {
        var claim = Good.Records.First(record => record.Kind == RecordKind.Claim);
        Broken(Rule.Fence, Good.InsertAfter(claim, claim with { Owner = "n2" }));
    }

    [Fact]
    public void Fence_that_does_not_grow_is_flagged()
    {
        var claim = Good.Records.Last(record => record.Kind == RecordKind.Claim);
        Broken(Rule.Fence, Good.Replace(claim, claim with { Fence = claim.Fence - 1 }));
    }

    [Fact]
    public void Fence_of_the_deltas_that_falls_is_flagged()
    {
        var (one, two) = (Delta("ada", "Hello <trip>, "), Delta("ada", "this is "));
        Broken(Rule.Fence, Good.Replace(one, one with { Fence = 2 }).Replace(two, two with { Fence = 1 }));
    }

    [Fact]
    public void Long_silence_before_a_takeover_is_flagged()
    {
        var claim = Good.Records.Last(record => record.Kind == RecordKind.Claim);
        Broken(Rule.Takeover, Good.Pause(claim, TimeSpan.FromSeconds(6)));
    }

    [Fact]
    public void Silence_that_only_repetitions_break_is_flagged()
    {
        var claim = Good.Records.Last(record => record.Kind == RecordKind.Claim);
        var delta = Delta("ada", "this is ");
        Broken(Rule.Takeover, Good
            .Pause(claim, TimeSpan.FromSeconds(6))
            .InsertAfter(Delta("ada", "the first "), delta with { T = delta.T + 3_000_000 }));
    }

    [Fact]
    public void Reply_that_never_ends_is_flagged()
    {
        var run = Good.ChangeMessages("trip", messages =>
            messages.Select(message => message.Gen is null ? message : message with { State = "running" }));
        Broken(Rule.Takeover, run);
    }

    [Fact]
    public void Stranger_who_is_shown_a_chat_is_flagged()
    {
        var snapshot = Good.Records.First(record => record is { Client: "ada", Kind: RecordKind.Snapshot, Chat: "trip" });
        Broken(Rule.Leak, Good.InsertAfter(snapshot, snapshot with { Client = "cyd", Conn = "cyd#1" }, Closed("cyd", "trip")));
    }

    [Fact]
    public void Event_after_leaving_is_flagged()
    {
        // Cyd's watch ends with the event that says so; the next one is not Cyd's any more.
        var next = Good.Records.Last(record => record is { Client: "ada", Kind: RecordKind.Event, Chat: "work" });
        Broken(Rule.Leak, Good.InsertAfter(next, next with { Client = "cyd", Conn = "cyd#1" }));
    }

    [Fact]
    public void Deltas_long_after_leaving_are_flagged()
    {
        var end = Good.Records[^1];
        var delta = new HistoryRecord
        {
            T = end.T + 2_000_000,
            Kind = RecordKind.Reset,
            Client = "cyd",
            Chat = "work",
            Gen = "other",
            Epoch = 1,
            Text = "still there?",
        };
        Broken(Rule.Leak, Good.InsertAfter(end, delta));
    }

    [Fact]
    public void Chat_shown_before_joining_is_flagged()
    {
        // Bob joins at the end of the log, and has seen everything before it.
        var run = Good.ChangeEvents("trip", events =>
            events.Select(one => one switch
            {
                { User: "bob" } => one with { User = null },
                _ when one.Seq == events.Count => one with { Type = "participant.joined", User = "bob" },
                _ => one,
            }));

        Assert.Contains(run.Check(), violation => violation is { Rule: Rule.Leak, Client: "bob" });
    }

    [Fact]
    public void Marker_of_another_chat_is_flagged()
    {
        var reset = Good.Records.First(record => record is { Client: "bob", Kind: RecordKind.Event, Text: not null });
        Broken(Rule.Leak, Good.Replace(reset, reset with { Text = "quoted: <work>" }));
    }

    [Theory]
    [InlineData("heap")]
    [InlineData("outbox")]
    [InlineData("log")]
    public void Sample_over_its_limit_is_flagged(string what)
    {
        var sample = Good.Records.First(record => record.Kind == RecordKind.Sample);
        var run = Good.Replace(sample, what switch
        {
            "heap" => sample with { Heap = 1L << 30 },
            "outbox" => sample with { Outbox = 300_000 },
            _ => sample with { Log = 5_000 },
        });

        Assert.Equal([Rule.Memory], Flagged(run.Check(new HistoryOptions { MaxHeap = 1 << 28, MaxLog = 4_096 })));
    }

    [Fact]
    public void Violation_says_where_to_look()
    {
        var run = Good.Without(record => IsEvent(record, "bob", Final("trip").LastSeq));

        var violation = Assert.Single(run.Check());

        Assert.Equal(("trip", "bob"), (violation.Chat, violation.Client));
        Assert.Equal($"It watches to the end and stands at {Final("trip").LastSeq - 1}, the log at {Final("trip").LastSeq}.", violation.Sentence);
    }

    private static void Broken(Rule rule, SimulatedRun run) => Assert.Equal([rule], Flagged(run.Check()));

    private static IEnumerable<Rule> Flagged(IEnumerable<Violation> violations) => violations.Select(violation => violation.Rule).Distinct();

    private static FinalChat Final(string chat) => Good.Final.Chats.Single(one => one.Id == chat);

    private static bool IsEvent(HistoryRecord record, string client, long? seq = null) =>
        record.Kind == RecordKind.Event && record.Chat == "trip" && record.Client == client && (seq is null || record.Seq == seq);

    private static HistoryRecord Event(string client, long seq) => Good.Records.First(record => IsEvent(record, client, seq));

    private static HistoryRecord Delta(string client, string text) =>
        Good.Records.First(record => record.Kind == RecordKind.Delta && record.Gen == Reply && record.Client == client && record.Text == text);

    private static HistoryRecord Send(string client, string text, Outcome outcome) =>
        Good.Records.First(record => record.Client == client && record.Outcome == outcome && record.Text!.StartsWith(text, StringComparison.Ordinal));

    private static HistoryRecord Closed(string client, string chat) => new() { Kind = RecordKind.Closed, Client = client, Chat = chat };
}
