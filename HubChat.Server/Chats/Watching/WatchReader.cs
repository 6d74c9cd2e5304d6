using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>Reads what a watcher lacks: events from the store, text of running replies from the delta log.</summary>
internal sealed partial class WatchReader(
    IChatStore store, IDeltaLog deltas, ChatFeed feed, IOptions<ChatOptions> options, TimeProvider time, ILogger<WatchReader> logger)
{
    // Anybody can name any number: a liar must not fill the log.
    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);
    private long? _warnedAt;

    /// <exception cref="ChatException">NotFound when the user is not in the chat.</exception>
    public async Task<WatchResult> ReadAsync(ChatId chatId, WatchPosition from, CurrentUser user, CancellationToken cancellationToken)
    {
        var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken);
        var missing = from.Seq is { } seq ? await store.GetEventsAsync(grant, seq, options.Value.MaxCatchUpEvents, cancellationToken) : null;
        if (missing is not null)
        {
            return await EventsAsync(grant, missing, from, cancellationToken);
        }

        var result = await SnapshotAsync(grant, cancellationToken);
        if (from.Seq > result.Position.Seq && (_warnedAt is not { } warnedAt || time.GetElapsedTime(warnedAt) >= WarnEvery))
        {
            _warnedAt = time.GetTimestamp();
            LogAhead(from.Seq.Value, chatId.Value, result.Position.Seq.Value);
        }

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

    private async Task<WatchResult> SnapshotAsync(ChatGrant grant, CancellationToken cancellationToken)
    {
        var snapshot = await store.GetSnapshotAsync(grant, options.Value.SnapshotMessages, cancellationToken);
        var positions = new Dictionary<GenerationId, StreamPosition>();
        foreach (var generation in snapshot.Generations)
        {
            if (await deltas.ReadAsync(generation.Id, StreamPosition.Start, cancellationToken) is not { } read)
            {
                continue;
            }

            // The stored text is a checkpoint of up to a second ago; the log has what was shown.
            var text = ((DeltaReset)read.Deltas[0]).Text;
            if (snapshot.Messages.Messages.FirstOrDefault(view => view.Message.Id == generation.MessageId) is { Message: { DeletedAt: null } message })
            {
                message.Text = text;
            }

            positions[generation.Id] = read.Position;
        }

        return new WatchResult(
            grant.ChatId, snapshot, [], [], Present(grant.ChatId), new WatchPosition(snapshot.Chat.Chat.LastSeq, positions));
    }

    private IReadOnlyList<UserId> Present(ChatId chatId) => feed.TryGetTopic(chatId, out var topic) ? topic.Present : [];

    [LoggerMessage(
        LogLevel.Warning,
        "A client says it has seen event {Seq} of chat {ChatId}, whose log ends at {LastSeq}: the database has lost its end (docs/operations.md, Lost end)")]
    private partial void LogAhead(long seq, Guid chatId, long lastSeq);
}
