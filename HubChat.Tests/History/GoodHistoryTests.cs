using HubChat.Tests.History.Simulation;
using Xunit;

namespace HubChat.Tests.History;

public sealed class GoodHistoryTests
{
    private readonly SimulatedHub _hub = new();

    [Fact]
    public void Run_with_something_of_everything_is_good() => Assert.Empty(GoodRun.Create().Check());

    [Fact]
    public void What_is_heard_of_an_attempt_after_the_stored_end_changes_nothing()
    {
        var run = GoodRun.Create();
        var stored = run.Records.Last(record => record is { Client: "ada", Kind: RecordKind.Stored, State: not ("queued" or "running"), Text.Length: > 0 });
        var reset = run.Records.Last(record => record.Client == "ada" && record.Gen == stored.Gen && record.Kind == RecordKind.Reset);

        Assert.Empty(run.InsertAfter(stored, reset with { T = stored.T }).Check());
        Assert.NotEmpty(run.InsertAfter(stored, reset with { T = stored.T, Text = "another text" }).Check());
    }

    [Fact]
    public void Empty_history_is_good() => Assert.Empty(_hub.Finish().Check());

    [Fact]
    public void Unknown_sends_may_have_arrived_or_not()
    {
        var (chat, ada, _) = Pair();
        var arrived = _hub.Begin(ada, chat, "arrived");
        arrived.Commit();
        arrived.Write(Outcome.Unknown);
        _hub.Begin(ada, chat, "lost").Write(Outcome.Unknown);
        _hub.Begin(ada, chat, "nobody heard of it again");

        Good();
    }

    [Fact]
    public void Sends_may_be_repeated_until_they_are_acknowledged()
    {
        var (chat, ada, _) = Pair();
        var stored = _hub.Begin(ada, chat, "stored, answer lost");
        stored.Commit();
        stored.Write(Outcome.Unknown);
        stored.Retry();
        stored.Retry();
        var refused = _hub.Begin(ada, chat, "busy at first");
        refused.Write(Outcome.Fail);
        refused.Retry();

        Good();
    }

    [Fact]
    public void Send_that_was_refused_after_an_unknown_one_may_be_stored()
    {
        var (chat, ada, _) = Pair();
        var send = _hub.Begin(ada, chat, "stored, answer lost");
        send.Commit();
        send.Write(Outcome.Unknown);
        send.Write(Outcome.Invoke);
        send.Write(Outcome.Fail);

        Good();
    }

    [Fact]
    public void Two_people_may_use_the_same_send_id()
    {
        var (chat, ada, bob) = Pair();
        foreach (var client in new[] { ada, bob })
        {
            var send = _hub.Begin(client, chat, $"from {client.Name}", "c-1");
            send.Commit();
            send.Write(Outcome.Ok);
        }

        Good();
    }

    [Fact]
    public void Second_text_under_a_used_id_is_refused()
    {
        var (chat, ada, _) = Pair();
        var first = _hub.Begin(ada, chat, "first", "c-1");
        first.Commit();
        first.Write(Outcome.Ok);
        _hub.Begin(ada, chat, "second", "c-1").Write(Outcome.Fail);

        Good();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void Reconnect_may_repeat_what_the_client_has(int repeat)
    {
        var (chat, _, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        _hub.Reply(reply, "one two ");
        bob.Disconnect();
        _hub.Reply(reply, "three ");
        bob.Connect();
        bob.Watch(chat, repeat: repeat);
        bob.Watch(chat, repeat: repeat);
        _hub.Reply(reply, "four");
        _hub.End(reply);

        Good();
    }

    [Fact]
    public void Lost_update_is_fetched_when_the_next_one_shows_it()
    {
        var (chat, ada, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        bob.Deaf = 1;
        _hub.Reply(reply, "lost ");
        _hub.Reply(reply, "seen");
        bob.Deaf = 1;
        _hub.Send(ada, chat, "lost");
        _hub.Send(ada, chat, "seen");
        _hub.End(reply);

        Good();
    }

    [Fact]
    public void Lost_last_update_is_found_by_the_tail_check()
    {
        var (chat, ada, bob) = Pair();
        bob.Deaf = 1;
        _hub.Send(ada, chat, "lost");
        _hub.Top(chat);

        Good();
    }

    [Fact]
    public void Client_that_fell_behind_gets_a_snapshot()
    {
        var (chat, ada, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        bob.Deaf = 5;
        _hub.Reply(reply, "lost ");
        _hub.Send(ada, chat, "lost");
        bob.Resync(chat);
        bob.Deaf = 0;
        _hub.Reply(reply, "seen");
        _hub.End(reply);

        Good();
    }

    [Fact]
    public void Late_client_starts_from_a_snapshot()
    {
        var (chat, _, _) = Pair();
        var ended = _hub.Start(chat, "n1");
        _hub.Reply(ended, "before");
        _hub.End(ended, "stopped");
        var running = _hub.Start(chat, "n1");
        _hub.Reply(running, "during ");
        _hub.Connect("cyd", "bob").Watch(chat);
        _hub.Reply(running, "after");
        _hub.End(running);

        Good();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_server_takes_a_reply_over_with_or_without_its_text(bool keepText)
    {
        var (chat, _, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        _hub.Reply(reply, "abandoned ");
        bob.Disconnect();
        _hub.Claim(reply, "n2", keepText);
        _hub.Reply(reply, "finished");
        bob.Connect();
        bob.Watch(chat);
        _hub.End(reply);

        Good();
    }

    [Fact]
    public void Client_that_left_may_have_an_abandoned_part()
    {
        var (chat, _, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        _hub.Reply(reply, "abandoned");
        bob.Disconnect();
        _hub.Claim(reply, "n2", keepText: false);
        _hub.Reply(reply, "another text");

        Good();
    }

    [Fact]
    public void Silence_that_nobody_watches_does_not_count()
    {
        var (chat, ada, bob) = Pair();
        var reply = _hub.Start(chat, "n1");
        _hub.Reply(reply, "one ");
        ada.Disconnect();
        bob.Disconnect();
        _hub.Wait(TimeSpan.FromMinutes(1));
        bob.Connect();
        bob.Watch(chat);
        _hub.Reply(reply, "two");

        Good();
    }

    [Fact]
    public void Deleted_message_has_no_text()
    {
        var (chat, ada, _) = Pair();
        _hub.Send(ada, chat, "regretted");
        _hub.Announce(chat, chat.Delete(chat.Messages[0]));

        Good();
    }

    [Fact]
    public void Who_left_and_came_back_sees_what_was_said_meanwhile()
    {
        var (chat, ada, bob) = Pair();
        _hub.Leave(chat, "bob");
        _hub.Send(ada, chat, "behind your back");
        _hub.Announce(chat, chat.Join("bob"));
        bob.Watch(chat);
        _hub.Send(ada, chat, "to your face");

        Good();
    }

    private void Good() => Assert.Empty(_hub.Finish().Check());

    private (SimulatedChat Chat, SimulatedClient Ada, SimulatedClient Bob) Pair()
    {
        var chat = _hub.CreateChat("trip", "ada", "bob");
        var (ada, bob) = (_hub.Connect("ada"), _hub.Connect("bob"));
        ada.Watch(chat);
        bob.Watch(chat);
        return (chat, ada, bob);
    }
}
