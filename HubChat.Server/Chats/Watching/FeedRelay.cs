using System.Threading.Channels;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;

namespace HubChat.Server.Chats.Watching;

/// <summary>Tells those who follow something here what other nodes say of it, and other nodes who is here.</summary>
internal sealed partial class FeedRelay : BackgroundService
{
    private readonly Channel<ChatId> _presenceChanged = Channel.CreateBounded<ChatId>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly ChatFeed _feed;
    private readonly InboxFeed _inbox;
    private readonly FeedMonitor _monitor;
    private readonly IPresence _presence;
    private readonly NodeIdentity _node;
    private readonly TimeProvider _time;
    private readonly ILogger<FeedRelay> _logger;

    public FeedRelay(
        IBackplane backplane, IDeltaLog log, ChatFeed feed, InboxFeed inbox, FeedMonitor monitor, IPresence presence, NodeIdentity node, TimeProvider time,
        ILogger<FeedRelay> logger)
    {
        (_feed, _inbox, _monitor, _presence, _node, _time, _logger) = (feed, inbox, monitor, presence, node, time, logger);
        backplane.Received += OnReceived;
        backplane.Returned += OnReturned;
        log.Arrived += (reply, delta) => feed.Publish(new DeltaUpdate(reply.ChatId, delta), reply.AnnouncedSeq);
        feed.PresenceChanged += chatId => _presenceChanged.Writer.TryWrite(chatId);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(TellPresenceAsync(stoppingToken), RenewPresenceAsync(stoppingToken));

    private void OnReceived(BackplaneMessage message)
    {
        switch (message)
        {
            case EventsStored stored:
                _monitor.Hint(stored.Chat, stored.Seq);
                break;
            case TypingSeen typing:
                _feed.Publish(new TypingUpdate(typing.Chat, typing.User, typing.Typing));
                break;
            case PresenceSeen presence:
                _feed.SetElsewhere(presence.Chat, presence.ElsewhereThan(_node));
                break;
            case ChatGone gone:
                _feed.CloseHere(gone.Chat, people: []);
                break;
            case ChatChanged changed:
                foreach (var user in changed.Removed)
                {
                    _inbox.Removed(changed.Chat, user);
                }

                _inbox.Changed(changed.Chat);
                break;
        }
    }

    /// <summary>What was said meanwhile is unknown: everything is looked up.</summary>
    private void OnReturned()
    {
        _monitor.CheckSoon();
        _inbox.Resync();
        foreach (var topic in _feed.Topics)
        {
            _presenceChanged.Writer.TryWrite(topic.ChatId);
        }
    }

    private async Task TellPresenceAsync(CancellationToken cancellationToken)
    {
        await foreach (var chatId in _presenceChanged.Reader.ReadAllAsync(cancellationToken))
        {
            await TellAsync(chatId);
        }
    }

    private async Task RenewPresenceAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(IPresence.RenewEvery, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await Task.WhenAll(_feed.Topics.Where(topic => topic.PresentHere.Count > 0).Select(topic => TellAsync(topic.ChatId)));
        }
    }

    private async Task TellAsync(ChatId chatId)
    {
        try
        {
            var here = _feed.TryGetTopic(chatId, out var topic) ? topic.PresentHere : [];
            if (await _presence.SetAsync(chatId, here) is { } elsewhere)
            {
                _feed.SetElsewhere(chatId, elsewhere);
            }
            else if (topic is not null && _time.GetElapsedTime(topic.ElsewhereSetAt) > IPresence.Lease)
            {
                // Nobody has said for long that they are still there.
                _feed.SetElsewhere(chatId, []);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, chatId.Value);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Who watches chat {ChatId} could not be told to other nodes")]
    private partial void LogFailed(Exception exception, Guid chatId);
}
