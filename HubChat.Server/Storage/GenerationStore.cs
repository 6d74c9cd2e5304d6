using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class GenerationStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : IGenerationStore, IAttemptFence
{
    // Rows looked at for each message wanted: room for siblings that are not on the way.
    private const int TreeFactor = 4;

    public Task<IReadOnlyList<Generation>> FindClaimableAsync(int max, CancellationToken cancellationToken) =>
        ListAsync(
            (db, generations) => generations
                .Where(generation => generation.State == ReplyState.Queued
                    && !db.Generations.Any(other => other.ChatId == generation.ChatId
                        && (other.State == ReplyState.Running
                            || (other.State == ReplyState.Queued && other.QueuedSeq < generation.QueuedSeq))))
                .OrderBy(generation => generation.CreatedAt)
                .Take(max),
            cancellationToken);

    // The instant is the database's, not this node's: the provider has it say what time it is.
    public Task<IReadOnlyList<Generation>> FindOrphansAsync(Guid self, IReadOnlyCollection<GenerationId> own, CancellationToken cancellationToken) =>
        ListAsync(
            (db, generations) => generations.Where(generation => generation.State == ReplyState.Running
                && (generation.Owner == self
                    ? !own.Contains(generation.Id)
                    : !db.Nodes.Any(node => node.Id == generation.Owner && node.LeaseUntil > DateTime.UtcNow))),
            cancellationToken);

    public async Task<IReadOnlyList<GenerationId>> FindStopRequestedAsync(Guid owner, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Generations
            .Where(generation => generation.State == ReplyState.Running && generation.Owner == owner && generation.StopRequestedAt != null)
            .Select(generation => generation.Id)
            .ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<LiveGeneration>> ListLiveAsync(int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await (
            from generation in db.Generations
            where generation.State == ReplyState.Running || generation.State == ReplyState.Queued
            join message in db.Messages on generation.MessageId equals message.Id
            join user in db.Users on generation.AskerId equals user.Id into askers
            from asker in askers.DefaultIfEmpty()
            orderby generation.CreatedAt descending
            select new LiveGeneration(
                generation.Id, generation.ChatId, generation.AskerId, asker == null ? null : asker.UserName, message.Model, generation.State,
                generation.CreatedAt, generation.StartedAt, generation.Attempt))
            .Take(max)
            .ToListAsync(cancellationToken);
    }

    public async Task<int> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Generations.CountAsync(generation => generation.State == ReplyState.Queued, cancellationToken);
    }

    public async Task<Generation?> FindAsync(GenerationId id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Generations.AsNoTracking().FirstOrDefaultAsync(generation => generation.Id == id, cancellationToken);
    }

    public async Task<bool> MayWriteAsync(GenerationId id, long epoch, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(id, cancellationToken) is { State: ReplyState.Running } generation && generation.Epoch == epoch;
        }
        catch (Exception exception) when (DatabaseFailures.Translate(exception) is not null)
        {
            return true;
        }
    }

    public async Task<ReplyTurn?> FindTurnAsync(GenerationId id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Turns(db).FirstOrDefaultAsync(turn => turn.Generation.Id == id, cancellationToken) is { } row ? row.ToTurn() : null;
    }

    public async Task<ReplyTurn?> FindAnsweredAsync(ChatId chatId, MessageId? about, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await Turns(db)
            .Where(turn => turn.Generation.ChatId == chatId && turn.Generation.EndedAt != null && turn.Reply.Text != ""
                && turn.Reply.DeletedAt == null && turn.Question.DeletedAt == null
                && (about == null || turn.Reply.Id == about || turn.Question.Id == about))
            .OrderByDescending(turn => turn.Generation.QueuedSeq)
            .FirstOrDefaultAsync(cancellationToken);
        return row?.ToTurn();
    }

    public async Task<MessageView?> FindReplyAsync(MessageId id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await db.MessageRows(db.Messages.AsNoTracking().Where(message => message.Id == id)).FirstOrDefaultAsync(cancellationToken);
        return row is null ? null : ChatQueries.ToView(row);
    }

    public Task<bool> CheckpointAsync(Generation generation, string text, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(generation.ChatId);
                var isOwn = await db.Generations.AnyAsync(
                    stored => stored.Id == generation.Id && stored.Attempt == generation.Attempt && stored.Owner == generation.Owner
                        && stored.State == ReplyState.Running,
                    CancellationToken.None);
                if (!isOwn)
                {
                    return false;
                }

                await db.Messages
                    .Where(message => message.Id == generation.MessageId && message.DeletedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(message => message.Text, text), CancellationToken.None);
                return true;
            },
            cancellationToken);

    public async Task<PromptSource> GetPromptSourceAsync(Generation generation, int maxMessages, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await ReadSnapshot.BeginAsync(db, cancellationToken);
        var chat = await db.Chats.AsNoTracking().FirstOrDefaultAsync(chat => chat.Id == generation.ChatId, cancellationToken)
            ?? throw ChatException.NotFound("chat");

        // The way to the root is followed here: a chat's tree is nearly always a line, and its newest part is what is needed.
        var tree = await db.Messages.AsNoTracking()
            .Where(message => message.ChatId == generation.ChatId)
            .OrderByDescending(message => message.Seq)
            .Take(maxMessages * TreeFactor)
            .Select(message => new { message.Id, message.ParentId })
            .ToDictionaryAsync(message => message.Id, message => message.ParentId, cancellationToken);
        var path = new List<MessageId>();
        for (MessageId? id = generation.AskId; id is { } at && path.Count < maxMessages && tree.TryGetValue(at, out var parent); id = parent)
        {
            path.Add(at);
        }

        var rows = await db.MessageRows(db.Messages.AsNoTracking().Where(message => path.Contains(message.Id))).ToListAsync(cancellationToken);
        var views = rows.Select(ChatQueries.ToView).ToDictionary(view => view.Message.Id);
        return new PromptSource(chat, [.. path.Select(id => views[id])], chat.ParticipantCount);
    }

    private static IQueryable<TurnRow> Turns(ChatDbContext db) =>
        from generation in db.Generations.AsNoTracking()
        join question in db.Messages on generation.AskId equals question.Id
        join reply in db.Messages on generation.MessageId equals reply.Id
        select new TurnRow { Generation = generation, Question = question, Reply = reply };

    private async Task<IReadOnlyList<Generation>> ListAsync(
        Func<ChatDbContext, IQueryable<Generation>, IQueryable<Generation>> query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await query(db, db.Generations.AsNoTracking()).ToListAsync(cancellationToken);
    }

    private sealed class TurnRow
    {
        public required Generation Generation { get; init; }

        public required Message Question { get; init; }

        public required Message Reply { get; init; }

        public ReplyTurn ToTurn() => new(Generation, Question, Reply);
    }
}
