using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class ChatStateTests
{
    private const string ChatId = "chat";

    [Fact]
    public void Without_a_snapshot_everything_is_asked_for()
    {
        var state = new ChatState(ChatId);

        Assert.Equal(new WatchRequest(ChatId), state.ToRequest(Rewatch.FromPosition));
        Assert.Equal(Rewatch.Anew, state.Apply(new ChatUpdate("top", ChatId) { Seq = 1 }).Rewatch);
    }

    [Fact]
    public void Position_names_the_running_reply_and_how_much_of_it_is_here()
    {
        var request = Running("Hello").ToRequest(Rewatch.FromPosition);

        Assert.Equal(7, request.AfterSeq);
        Assert.Equal(new GenerationPosition("g", 2, 5), Assert.Single(request.Generations!));
    }

    [Fact]
    public void Delta_at_the_end_is_appended() =>
        Assert.Equal("Hello you", TextOf(Running("Hello").Apply(Delta(2, 5, " you")), Rewatch.None));

    [Fact]
    public void Delta_that_overlaps_adds_only_what_is_new() =>
        Assert.Equal("Hello you", TextOf(Running("Hello").Apply(Delta(2, 3, "lo you")), Rewatch.None));

    [Fact]
    public void Delta_that_is_known_changes_nothing() =>
        Assert.Equal("Hello", TextOf(Running("Hello").Apply(Delta(2, 0, "He")), Rewatch.None));

    [Fact]
    public void Delta_beyond_the_end_asks_for_what_is_missing() =>
        Assert.Equal("Hello", TextOf(Running("Hello").Apply(Delta(2, 6, "you")), Rewatch.FromPosition));

    [Fact]
    public void Delta_of_a_later_epoch_asks_for_what_is_missing() =>
        Assert.Equal("Hello", TextOf(Running("Hello").Apply(Delta(3, 0, "you")), Rewatch.FromPosition));

    [Fact]
    public void Delta_of_an_earlier_epoch_is_ignored() =>
        Assert.Equal("Hello", TextOf(Running("Hello").Apply(Delta(1, 5, "old")), Rewatch.None));

    [Fact]
    public void Reader_with_an_old_epoch_gets_a_reset() =>
        Assert.Equal("New", TextOf(Running("Hello").Apply(Delta(3, 0, "New") with { Kind = "reset" }), Rewatch.None));

    [Fact]
    public void Done_that_matches_ends_the_reply()
    {
        var step = Running("Hello").Apply(Done("Hello"));

        Assert.Equal("Hello", TextOf(step, Rewatch.None));
        Assert.Equal("done", step.State.MessageOf("reply")!.State);
        Assert.Empty(step.State.ToRequest(Rewatch.FromPosition).Generations!);
    }

    [Theory]
    [InlineData("Hello you")]
    [InlineData("Jello")]
    public void Done_of_another_text_asks_for_a_snapshot(string stored)
    {
        var step = Running("Hello").Apply(Done(stored));

        Assert.Equal(Rewatch.Anew, step.Rewatch);
        Assert.Null(step.State.ToRequest(step.Rewatch).AfterSeq);
    }

    [Fact]
    public void Hash_is_that_of_the_contract() =>
        Assert.Equal("185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969", ReplyText.Hash("Hello"));

    [Fact]
    public void Late_update_does_not_touch_a_reply_that_has_ended()
    {
        var ended = Running("Hello").Apply(Done("Hello")).State;

        Assert.Equal("Hello", TextOf(ended.Apply(Delta(2, 0, "He") with { Kind = "reset" }), Rewatch.None));
        Assert.Equal("Hello", TextOf(ended.Apply(Delta(2, 5, "!")), Rewatch.None));
    }

    [Fact]
    public void Event_after_a_gap_asks_for_what_is_missing_and_an_old_one_is_ignored()
    {
        var state = Running("Hello");

        Assert.Equal(Rewatch.FromPosition, state.Apply(Renamed(9, "later")).Rewatch);
        Assert.Equal(state, state.Apply(Renamed(7, "again")).State);
        Assert.Equal("next", state.Apply(Renamed(8, "next")).State.Chat!.Title);
    }

    [Fact]
    public void Event_of_an_unknown_type_counts()
    {
        var step = Running("Hello").Apply(new ChatUpdate("event", ChatId) { Event = new ChatEvent(8, "chat.painted", default) });

        Assert.Equal((8, Rewatch.None), (step.State.Seq, step.Rewatch));
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void Tail_check_finds_a_lost_last_event(long top, bool missing) => Assert.Equal(
        missing ? Rewatch.FromPosition : Rewatch.None, Running("Hello").Apply(new ChatUpdate("top", ChatId) { Seq = top }).Rewatch);

    [Fact]
    public void Resync_is_a_new_answer()
    {
        var answer = Snapshot("Hello all of you", epoch: 4);

        var step = Running("Hello").Apply(new ChatUpdate("resync", ChatId) { Watch = answer });

        Assert.Equal("Hello all of you", TextOf(step, Rewatch.None));
        Assert.Contains(new ChatChange.Replaced(), step.Changes);
    }

    [Fact]
    public void Snapshot_whose_text_is_not_at_its_position_asks_for_the_text()
    {
        var answer = Snapshot("Hello", epoch: 2);
        var off = answer with { Position = new Position(7, [new GenerationPosition("g", 2, 3)]) };

        var step = new ChatState(ChatId).Apply(off);

        Assert.Equal(Rewatch.FromPosition, step.Rewatch);
        Assert.Equal(new GenerationPosition("g", 0, 0), Assert.Single(step.State.ToRequest(step.Rewatch).Generations!));
    }

    [Fact]
    public void Closed_is_remembered_with_its_reason() =>
        Assert.Equal("removed", Running("").Apply(new ChatUpdate("closed", ChatId) { Reason = "removed" }).State.ClosedBecause);

    [Fact]
    public void Unknown_update_is_ignored()
    {
        var state = Running("Hello");

        Assert.Equal(state, state.Apply(new ChatUpdate("fireworks", ChatId)).State);
    }

    [Fact]
    public void Oldest_messages_are_forgotten_when_there_are_too_many()
    {
        var state = Running("Hello");
        for (var seq = 8; seq < ChatState.MaximumMessages + 20; seq++)
        {
            var message = new Message("m" + seq, seq, "user", "hi", "done", default);
            state = state.Apply(new ChatUpdate("event", ChatId) { Event = new ChatEvent(seq, "message.posted", default) { Message = message } }).State;
        }

        Assert.Equal((ChatState.MaximumMessages, ChatState.MaximumMessages), (state.Messages.Count, state.SeqOfMessage.Count));
        Assert.True(state.HasMore);
    }

    private static ChatState Running(string text) => new ChatState(ChatId).Apply(Snapshot(text, epoch: 2)).State;

    private static WatchResult Snapshot(string text, long epoch)
    {
        var chat = new Chat(ChatId, "title", "ada", new ChatSettings("always"), [], 7);
        var reply = new Message("reply", 6, "assistant", text, "running", default) { GenerationId = "g" };
        return new WatchResult(ChatId, new Position(7, [new GenerationPosition("g", epoch, text.Length)]))
        {
            Snapshot = new ChatSnapshot(chat, [reply], false, []),
        };
    }

    private static ChatUpdate Delta(long epoch, long off, string text) =>
        new("delta", ChatId) { GenerationId = "g", MessageId = "reply", Epoch = epoch, Off = off, Text = text };

    private static ChatUpdate Done(string text) => new("done", ChatId)
    {
        GenerationId = "g",
        MessageId = "reply",
        Epoch = 2,
        State = "done",
        Length = text.Length,
        Hash = ReplyText.Hash(text),
    };

    private static ChatUpdate Renamed(long seq, string title) =>
        new("event", ChatId) { Event = new ChatEvent(seq, "chat.renamed", default) { Title = title } };

    private static string TextOf(ChatStep step, Rewatch rewatch)
    {
        Assert.Equal(rewatch, step.Rewatch);
        return step.State.MessageOf("reply")!.Text;
    }
}
