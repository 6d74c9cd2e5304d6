using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Limits;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// Reads what a watcher lacks: events from the store, text of running replies from the delta log. When many come back at once, those who
/// lack the same are given what was read once.
/// </summary>
internal sealed partial class WatchReader(
    IChatStore store, IDeltaLog deltas, ChatFeed feed, IOptions<ChatOptions> options, TimeProvider time, ILogger<WatchReader> logger)
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    // The system's clock: this spares the database, and means no time that anybody sees.
    private readonly SharedReads<(ChatId ChatId, long Seq), EventPage?> _events = new(Apart, TimeProvider.System);
    private readonly SharedReads<ChatId, ChatSnapshot> _snapshots = new(Apart, TimeProvider.System);
    private readonly Throttle _warning = new(TimeSpan.FromMinutes(1), time);

    /// <exception cref="ChatException">NotFound when the user is not in the chat.</exception>
    public async Task<WatchResult> ReadAsync(ChatId chatId, WatchPosition from, CurrentUser user, CancellationToken cancellationToken) =>
        await ReadAsync(await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken), from, cancellationToken);

    /// <exception cref="ChatException">NotFound when the user is not in the chat any more.</exception>
    public async Task<WatchResult> ReadAsync(ChatGrant grant, WatchPosition from, CancellationToken cancellationToken)
    {
        var missing = from.Seq is { } seq
            ? await _events.ReadAsync(
                (grant.ChatId, seq), () => store.GetEventsAsync(grant, seq, options.Value.MaxCatchUpEvents, CancellationToken.None), cancellationToken)
            : null;
        var snapshot = missing is null
            ? await _snapshots.ReadAsync(
                grant.ChatId, () => store.GetSnapshotAsync(grant, options.Value.SnapshotMessages, CancellationToken.None), cancellationToken)
            : null;

        // Who is given something may have it at a time after it was read: it may have waited for what others asked for.
        var current = await store.AuthorizeAsync(grant.ChatId, grant.User, ChatOperation.Read, cancellationToken);
        if (missing is not null)
        {
            return await EventsAsync(current, missing, from, cancellationToken);
        }

        var result = await SnapshotAsync(current, snapshot!, cancellationToken);
        WarnOfLostEnd(grant.ChatId, from.Seq, result.Position.Seq!.Value);
        return result;
    }

    private async Task<WatchResult> EventsAsync(ChatGrant grant, EventPage page, WatchPosition from, CancellationToken cancellationToken)
    {
        var positions = new Dictionary<GenerationId, StreamPosition>();
        var replies = new List<Delta>();
        var active = page.Generations.Select(generation => generation.Id).ToList();
        var others = from.Generations.Keys.Except(active).ToList();
        var ended = others.Count == 0 ? [] : await store.GetOwnGenerationsAsync(grant, others, cancellationToken);
        foreach (var id in active.Concat(ended))
        {
            var at = from.Generations.GetValueOrDefault(id, StreamPosition.Start);
            if (await deltas.ReadAsync(id, at, cancellationToken) is not { } read)
            {
                // Its log is gone, so it has ended (the event says how) or waits for its next attempt.
                continue;
            }

            replies.AddRange(read.Deltas);
            if (!read.IsSealed)
            {
                positions[id] = read.Position;
            }
        }

        return new WatchResult(grant.ChatId, Snapshot: null, page.Events, replies, Present(grant.ChatId), new WatchPosition(page.LastSeq, positions));
    }

    /// <param name="grant">Whose.</param>
    /// <param name="read">What others are given too, and so is not to be changed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task<WatchResult> SnapshotAsync(ChatGrant grant, ChatSnapshot read, CancellationToken cancellationToken)
    {
        var positions = new Dictionary<GenerationId, StreamPosition>();
        var messages = read.Messages.Messages.ToList();
        foreach (var generation in read.Generations)
        {
            if (await deltas.ReadAsync(generation.Id, StreamPosition.Start, cancellationToken) is not { } log)
            {
                continue;
            }

            // The stored text is a checkpoint of up to a second ago; the log has what was shown.
            var text = ((DeltaReset)log.Deltas[0]).Text;
            if (messages.FindIndex(view => view.Message.Id == generation.MessageId) is >= 0 and var at && messages[at].Message.DeletedAt is null)
            {
                messages[at] = messages[at] with { Message = messages[at].Message.WithText(text) };
            }

            positions[generation.Id] = log.Position;
        }

        var snapshot = read with { Chat = read.Chat with { Caller = grant.User.Id }, Messages = read.Messages with { Messages = messages } };
        return new WatchResult(
            grant.ChatId, snapshot, [], [], Present(grant.ChatId), new WatchPosition(snapshot.Chat.Chat.LastSeq, positions));
    }

    private void WarnOfLostEnd(ChatId chatId, long? seq, long last)
    {
        // Anybody can name any number.
        if (seq > last && _warning.TryPass())
        {
            LogAhead(seq.Value, chatId.Value, last);
        }
    }

    private IReadOnlyList<UserId> Present(ChatId chatId) => feed.TryGetTopic(chatId, out var topic) ? topic.Present : [];

    [LoggerMessage(
        LogLevel.Warning,
        "A client says it has seen event {Seq} of chat {ChatId}, whose log ends at {LastSeq}: the database has lost its end (docs/operations.md, Lost end)")]
    private partial void LogAhead(long seq, Guid chatId, long lastSeq);
}
