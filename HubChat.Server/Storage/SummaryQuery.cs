using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>The lines of chat lists: one query for all that belongs to a person and chat, one for the newest messages.</summary>
internal sealed class SummaryQuery(IDbContextFactory<ChatDbContext> contexts)
{
    public async Task<ChatPage> ListAsync(ListChats query, UserId user, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = Rows(db).Where(row => row.Participant.UserId == user && row.Participant.Archived == query.Archived);
        if (query.Before is { } before)
        {
            var last = await rows.Where(row => row.Chat.Id == before).Select(row => row.Chat).AsNoTracking().FirstOrDefaultAsync(cancellationToken)
                ?? throw ChatException.NotFound("chat");
            rows = rows.Where(row => row.Chat.ActivityAt < last.ActivityAt
                || (row.Chat.ActivityAt == last.ActivityAt && row.Chat.CreatedAt < last.CreatedAt));
        }

        var page = await rows.OrderByDescending(row => row.Chat.ActivityAt)
            .ThenByDescending(row => row.Chat.CreatedAt)
            .Take(query.Limit + 1)
            .AsNoTracking()
            .ToListAsync(cancellationToken);
        return new ChatPage(await SummarizeAsync(db, [.. page.Take(query.Limit)], cancellationToken), page.Count > query.Limit);
    }

    public async Task<IReadOnlyDictionary<UserId, ChatSummary>> GetAsync(
        ChatId chatId, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await Rows(db)
            .Where(row => row.Participant.ChatId == chatId && users.Contains(row.Participant.UserId))
            .AsNoTracking()
            .ToListAsync(cancellationToken);
        var summaries = await SummarizeAsync(db, rows, cancellationToken);
        return rows.Zip(summaries).ToDictionary(pair => pair.First.Participant.UserId, pair => pair.Second);
    }

    private static IQueryable<Row> Rows(ChatDbContext db) =>
        from participant in db.Participants
        join chat in db.Chats on participant.ChatId equals chat.Id
        select new Row
        {
            Participant = participant,
            Chat = chat,
            Unread = db.Messages.Count(message => message.ChatId == chat.Id && message.Seq > participant.ReadSeq
                && message.DeletedAt == null && (message.Role == MessageRole.Assistant || message.AuthorId != participant.UserId)),
            Running = db.Generations.Any(generation => generation.ChatId == chat.Id
                && (generation.State == ReplyState.Running || generation.State == ReplyState.Queued)),
        };

    private static async Task<IReadOnlyList<ChatSummary>> SummarizeAsync(ChatDbContext db, List<Row> rows, CancellationToken cancellationToken)
    {
        var chats = rows.Select(row => row.Chat.Id).Distinct().ToList();

        // One step down the index for each chat, however many messages it has.
        var newest =
            from chat in db.Chats
            where chats.Contains(chat.Id)
            select db.Messages.Where(message => message.ChatId == chat.Id && message.DeletedAt == null)
                .OrderByDescending(message => message.Seq)
                .Select(message => message.Id)
                .FirstOrDefault();
        var messages = await db.MessageRows(db.Messages.AsNoTracking().Where(message => newest.Contains(message.Id)))
            .ToDictionaryAsync(row => row.Message.ChatId, cancellationToken);
        return
        [
            .. rows.Select(row => new ChatSummary(
                row.Chat.Id, row.Chat.Title, row.Participant.Role, row.Chat.LastSeq, row.Participant.ReadSeq, row.Unread, row.Running,
                row.Participant.Pinned, row.Participant.Archived, row.Chat.ParticipantCount, row.Chat.ActivityAt,
                messages.TryGetValue(row.Chat.Id, out var message) ? ChatQueries.ToView(message) : null)),
        ];
    }

    private sealed class Row
    {
        public required Participant Participant { get; init; }

        public required Chat Chat { get; init; }

        public required int Unread { get; init; }

        public required bool Running { get; init; }
    }
}
