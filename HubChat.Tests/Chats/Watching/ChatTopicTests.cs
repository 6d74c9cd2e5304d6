using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Chats.Watching;

/// <summary>The order in which a chat's watchers are told, whatever the order in which the writers announce.</summary>
public sealed class ChatTopicTests
{
    private readonly ChatId _chat = TypedId.New<ChatId>(TimeProvider.System);
    private readonly GenerationId _generation = TypedId.New<GenerationId>(TimeProvider.System);
    private readonly MessageId _message = TypedId.New<MessageId>(TimeProvider.System);
    private readonly RealtimeOptions _options = new() { RoundEntries = 10 };
    private readonly Listener _listener = new();
    private readonly ChatTopic _topic;

    public ChatTopicTests()
    {
        _topic = new ChatTopic(_chat, _options, TimeProvider.System);
        _topic.Attach(_listener);
        _topic.StartAt(3);
    }

    [Fact]
    public void Events_come_in_the_order_of_their_numbers()
    {
        _topic.Offer(Event(6));
        _topic.Offer(Event(5));
        Assert.Empty(_listener.Seen);
        _topic.Offer(Event(4));
        Assert.Equal(["4", "5", "6"], _listener.Seen);
    }

    [Fact]
    public void Text_of_a_reply_does_not_overtake_the_event_that_announces_it()
    {
        _topic.Offer(Event(5));
        _topic.Offer(Delta(new DeltaReset(_generation, _message, 1, 1, "")));
        _topic.Offer(Delta(new DeltaText(_generation, _message, 1, 2, 0, "one")));
        _topic.Offer(Event(6));
        _topic.Offer(Delta(new DeltaDone(_generation, _message, 1, 3, DeltaEnd.Of("done", "one"))));
        Assert.Empty(_listener.Seen);

        _topic.Offer(Event(4));

        Assert.Equal(["4", "5", "reset", "one", "6", "done"], _listener.Seen);
    }

    [Fact]
    public void Text_is_not_held_when_no_event_is_missing()
    {
        _topic.Offer(Event(4));
        _topic.Offer(Delta(new DeltaReset(_generation, _message, 1, 1, "")));
        Assert.Equal(["4", "reset"], _listener.Seen);
    }

    [Fact]
    public void Text_from_another_node_waits_for_the_event_that_announces_it_here()
    {
        _topic.Offer(Delta(new DeltaReset(_generation, _message, 1, 1, "")), afterSeq: 5);
        _topic.Offer(Delta(new DeltaText(_generation, _message, 1, 2, 0, "one")), afterSeq: 5);
        _topic.Offer(Event(4));
        Assert.Equal(["4"], _listener.Seen);
        Assert.True(_topic.HasGap);

        _topic.Offer(Event(5));

        Assert.Equal(["4", "5", "reset", "one"], _listener.Seen);
        Assert.False(_topic.HasGap);
        _topic.Offer(Delta(new DeltaText(_generation, _message, 1, 3, 3, "two")), afterSeq: 5);
        Assert.Equal("two", _listener.Seen[^1]);
    }

    [Fact]
    public void Text_that_waits_for_an_event_that_nobody_brings_is_bounded()
    {
        for (var i = 0; i <= _options.RoundEntries; i++)
        {
            _topic.Offer(Delta(new DeltaText(_generation, _message, 1, i + 2, i, "x")), afterSeq: 5);
        }

        Assert.Equal(["refresh"], _listener.Seen);
    }

    [Fact]
    public void What_waits_for_a_missing_event_is_bounded()
    {
        _topic.Offer(Event(5));
        for (var i = 0; i <= _options.RoundEntries; i++)
        {
            _topic.Offer(Delta(new DeltaText(_generation, _message, 1, i + 2, i, "x")));
        }

        Assert.Equal(["refresh"], _listener.Seen.Take(1));
        _topic.Offer(Event(6));
        Assert.Equal("6", _listener.Seen[^1]);
        Assert.Equal(6, _topic.LastSeq);
    }

    private ChatEventView Event(long seq) => new(
        new ChatEvent { ChatId = _chat, Seq = seq, Type = ChatEventType.ReadMoved, At = DateTimeOffset.UnixEpoch });

    private DeltaUpdate Delta(Delta delta) => new(_chat, delta);

    private sealed class Listener : ITopicListener
    {
        public List<string> Seen { get; } = [];

        public UserId UserId { get; } = TypedId.New<UserId>(TimeProvider.System);

        public bool IsPresent => true;

        public void Offer(ChatUpdate update) => Seen.Add(update switch
        {
            EventUpdate { Event.Seq: var seq } => seq.ToString(System.Globalization.CultureInfo.InvariantCulture),
            DeltaUpdate { Delta: DeltaReset } => "reset",
            DeltaUpdate { Delta: DeltaText text } => text.Text,
            DeltaUpdate { Delta: DeltaDone } => "done",
            _ => update.GetType().Name,
        });

        public void Refresh() => Seen.Add("refresh");

        public void Close(WatchEnd reason) => Seen.Add("closed");
    }
}
