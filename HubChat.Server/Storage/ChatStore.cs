using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>Chats in the database: every change through the writer, every read for somebody behind a grant.</summary>
internal sealed class ChatStore(
    IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts, SummaryQuery summaries, ListingQuery listings, SearchQuery search,
    TimeProvider time)
    : IChatStore, IChatLog
{
    // Messages that are read at once of a history, however long each is.
    private const int HistoryPage = 200;

    public Task<ChatChange<T>> ChangeAsync<T>(
        ChatId chatId, CurrentUser user, ChatOperation operation, Func<IChatTransaction, ChatGrant, Task<T>> change, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                var chat = await db.FindLockedChatAsync(chatId);
                var grant = ChatAccess.Require(chatId, await FindCallerAsync(db, chatId, user, CancellationToken.None), user, operation);
                return await ApplyAsync(db, chat!, transaction => change(transaction, grant));
            },
            cancellationToken);

    public Task<ChatChange<T>> ChangeAsync<T>(ChatId chatId, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                var chat = await db.FindLockedChatAsync(chatId);
                return await ApplyAsync(db, chat ?? throw ChatException.NotFound("chat"), change);
            },
            cancellationToken);

    public Task<ChatChange<T>> CreateAsync<T>(Chat chat, int maxOwned, Func<IChatTransaction, Task<T>> change, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(chat.OwnerId);
                if (await db.Chats.CountAsync(owned => owned.OwnerId == chat.OwnerId, CancellationToken.None) >= maxOwned)
                {
                    throw ChatException.LimitReached("limit_reached", $"A person may own {maxOwned} chats.");
                }

                db.Chats.Add(chat);
                return await ApplyAsync(db, chat, change);
            },
            cancellationToken);

    public Task<DeletedChat> DeleteAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(chatId);
                ChatAccess.Require(chatId, await FindCallerAsync(db, chatId, user, CancellationToken.None), user, ChatOperation.Delete);
                var people = await db.Participants.Where(participant => participant.ChatId == chatId)
                    .Select(participant => participant.UserId)
                    .ToListAsync(CancellationToken.None);
                var active = await db.ActiveGenerations(chatId).AsNoTracking().ToListAsync(CancellationToken.None);
                await db.Chats.Where(chat => chat.Id == chatId).ExecuteDeleteAsync(CancellationToken.None);

                // Its events go with it; this stays.
                await db.RecordAsync(new AuditRecord(user.Id, AuditActions.ChatDeleted, chatId.Value), time.GetUtcNow());
                return new DeletedChat(people, active);
            },
            cancellationToken);

    public async Task<ChatGrant> AuthorizeAsync(ChatId chatId, CurrentUser user, ChatOperation operation, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return ChatAccess.Require(chatId, await FindCallerAsync(db, chatId, user, cancellationToken), user, operation);
    }

    public async Task<IReadOnlyList<UserId>> GetParticipantIdsAsync(ChatId chatId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Participants.Where(participant => participant.ChatId == chatId)
            .Select(participant => participant.UserId)
            .ToListAsync(cancellationToken);
    }

    public async Task<ChatView> GetChatAsync(ChatGrant grant, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        return await GetChatAsync(db, grant, cancellationToken);
    }

    public async Task<ChatSnapshot> GetSnapshotAsync(ChatGrant grant, int messages, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        return new ChatSnapshot(
            await GetChatAsync(db, grant, cancellationToken),
            await GetMessagesAsync(db, new GetMessages(grant.ChatId, BeforeSeq: null, AfterSeq: null, messages), cancellationToken),
            await db.GetActiveGenerationsAsync(grant.ChatId, cancellationToken));
    }

    public async Task<ChatHistory> GetHistoryAsync(ChatGrant grant, int messages, long length, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        var newest = new List<MessageView>();
        var page = new MessagePage([], HasMore: true);
        while (page.HasMore && newest.Count < messages && length > 0)
        {
            var before = newest is [] ? (long?)null : newest[^1].Message.Seq;
            var query = new GetMessages(grant.ChatId, before, AfterSeq: null, Math.Min(messages - newest.Count, HistoryPage));
            page = await GetMessagesAsync(db, query, cancellationToken);
            foreach (var view in page.Messages.Reverse())
            {
                length -= view.Message.Text.Length;
                if (length < 0 && newest.Count > 0)
                {
                    break;
                }

                newest.Add(view);
            }
        }

        newest.Reverse();
        return new ChatHistory(newest, await db.ActiveGenerations(grant.ChatId).AnyAsync(cancellationToken));
    }

    public async Task<IReadOnlyList<ActiveGeneration>> GetActiveGenerationsAsync(ChatGrant grant, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.GetActiveGenerationsAsync(grant.ChatId, cancellationToken);
    }

    public async Task<EventPage?> GetEventsAsync(ChatGrant grant, long afterSeq, int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        var top = await db.Chats.Where(chat => chat.Id == grant.ChatId).Select(chat => (long?)chat.LastSeq).FirstOrDefaultAsync(cancellationToken)
            ?? throw ChatException.NotFound("chat");
        return afterSeq < 0 || afterSeq > top || top - afterSeq > max
            ? null
            : new EventPage(
                await db.GetEventsAsync(grant.ChatId, afterSeq, max, cancellationToken),
                top,
                await db.GetActiveGenerationsAsync(grant.ChatId, cancellationToken));
    }

    public async Task<IReadOnlyList<GenerationId>> GetOwnGenerationsAsync(
        ChatGrant grant, IReadOnlyCollection<GenerationId> generations, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Generations
            .Where(generation => generation.ChatId == grant.ChatId && generations.Contains(generation.Id))
            .Select(generation => generation.Id)
            .ToListAsync(cancellationToken);
    }

    public async Task<MessagePage> GetMessagesAsync(ChatGrant grant, GetMessages query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await GetMessagesAsync(db, query, cancellationToken);
    }

    public async Task<Message?> FindNewestMessageAsync(ChatGrant grant, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Messages.AsNoTracking()
            .Where(message => message.ChatId == grant.ChatId && message.DeletedAt == null)
            .OrderByDescending(message => message.Seq)
            .FirstOrDefaultAsync(cancellationToken);
    }

    public async Task<Message?> FindMessageAsync(ChatGrant grant, string id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.MessagesKnownAs(grant.ChatId, id).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
    }

    public Task<ChatPage> ListAsync(ListChats query, CurrentUser user, CancellationToken cancellationToken) =>
        summaries.ListAsync(query, user.Id, cancellationToken);

    public Task<ChatListing> ListAsync(ListChatPage query, CurrentUser user, CancellationToken cancellationToken) =>
        listings.ListAsync(query, user.Id, cancellationToken);

    public Task<IReadOnlyList<FoundMessage>> SearchAsync(
        SearchMessages query, IReadOnlyList<SearchWord> words, CurrentUser user, int max, CancellationToken cancellationToken) =>
        search.FindAsync(query, words, user, max, cancellationToken);

    public Task<IReadOnlyDictionary<UserId, ChatSummary>> GetSummariesAsync(
        ChatId chatId, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) => summaries.GetAsync(chatId, users, cancellationToken);

    public async Task<KeptRequest?> FindRequestAsync(UserId user, string key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.KeptRequests.AsNoTracking().FirstOrDefaultAsync(kept => kept.UserId == user && kept.Key == key, cancellationToken);
    }

    public async Task<IReadOnlyList<(ChatId ChatId, ParticipantRole Role)>> GetMembershipsAsync(UserId user, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Participants.Where(participant => participant.UserId == user)
            .Select(participant => new { participant.ChatId, participant.Role })
            .ToListAsync(cancellationToken);
        return [.. rows.Select(row => (row.ChatId, row.Role))];
    }

    public async Task<IReadOnlyList<ChatEventView>> ReadAsync(ChatId chatId, long afterSeq, int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.GetEventsAsync(chatId, afterSeq, max, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<ChatId, long>> GetTopsAsync(IReadOnlyCollection<ChatId> chats, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Chats.Where(chat => chats.Contains(chat.Id))
            .Select(chat => new { chat.Id, chat.LastSeq })
            .ToDictionaryAsync(chat => chat.Id, chat => chat.LastSeq, cancellationToken);
    }

    private async Task<ChatChange<T>> ApplyAsync<T>(ChatDbContext db, Chat chat, Func<IChatTransaction, Task<T>> change)
    {
        var transaction = new ChatTransaction(db, chat, time.GetUtcNow());
        var value = await change(transaction);
        await db.SaveChangesAsync(CancellationToken.None);
        return new ChatChange<T>(value, transaction.Events, transaction.Erased);
    }

    private static Task<Participant?> FindCallerAsync(ChatDbContext db, ChatId chatId, CurrentUser user, CancellationToken cancellationToken) =>
        db.Participants.FirstOrDefaultAsync(participant => participant.ChatId == chatId && participant.UserId == user.Id, cancellationToken);

    private static async Task<ChatView> GetChatAsync(ChatDbContext db, ChatGrant grant, CancellationToken cancellationToken)
    {
        var chat = await db.Chats.AsNoTracking().FirstOrDefaultAsync(chat => chat.Id == grant.ChatId, cancellationToken)
            ?? throw ChatException.NotFound("chat");
        return new ChatView(chat, await db.GetParticipantsAsync(grant.ChatId, cancellationToken), grant.User.Id);
    }

    private static async Task<MessagePage> GetMessagesAsync(ChatDbContext db, GetMessages query, CancellationToken cancellationToken)
    {
        var messages = db.Messages.AsNoTracking().Where(message => message.ChatId == query.ChatId);
        var ordered = query.AfterSeq is { } after
            ? messages.Where(message => message.Seq > after).OrderBy(message => message.Seq)
            : messages.Where(message => query.BeforeSeq == null || message.Seq < query.BeforeSeq).OrderByDescending(message => message.Seq);

        // One more than asked for tells whether there are more.
        var rows = await db.MessageRows(ordered.Take(query.Limit + 1)).ToListAsync(cancellationToken);
        var hasMore = rows.Count > query.Limit;
        var page = query.AfterSeq is null
            ? rows.OrderByDescending(row => row.Message.Seq).Take(query.Limit).Reverse()
            : rows.OrderBy(row => row.Message.Seq).Take(query.Limit);
        return new MessagePage([.. page.Select(ChatQueries.ToView)], hasMore);
    }
}
