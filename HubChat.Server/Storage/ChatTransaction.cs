using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Usage;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>A change to one chat inside the writer's transaction.</summary>
internal sealed class ChatTransaction(ChatDbContext db, Chat chat, DateTimeOffset now) : IChatTransaction
{
    private readonly List<ChatEventView> _events = [];
    private readonly List<Generation> _erased = [];

    public Chat Chat => chat;

    public DateTimeOffset Now => now;

    public IReadOnlyList<ChatEventView> Events => _events;

    public IReadOnlyList<Generation> Erased => _erased;

    public ChatEvent Raise(ChatEventType type, EventReferences references, EventData? data = null)
    {
        var chatEvent = new ChatEvent
        {
            ChatId = chat.Id,
            Seq = ++chat.LastSeq,
            Type = type,
            At = now,
            ActorId = references.Actor,
            MessageId = references.Message?.Message.Id ?? references.MessageId,
            GenerationId = references.GenerationId,
            SubjectId = references.Subject,
            Data = data,
        };
        db.Events.Add(chatEvent);
        _events.Add(new ChatEventView(chatEvent, references.Message, references.Participant));
        return chatEvent;
    }

    public Task RecordAsync(AuditRecord record) => db.RecordAsync(record, now);

    public void Add(Message message) => db.Messages.Add(message);

    public void Add(Generation generation) => db.Generations.Add(generation);

    public void Add(Participant participant) => db.Participants.Add(participant);

    public void Add(LedgerEntry entry) => db.Ledger.Add(entry);

    public void Remove(Participant participant) => db.Participants.Remove(participant);

    public async Task KeepAsync(RequestKey key, UserId user, MessageId message)
    {
        await db.LockAsync(user);
        var oldest = now - RequestKey.Lifetime;
        await db.KeptRequests.Where(kept => kept.CreatedAt <= oldest).ExecuteDeleteAsync();
        if (await db.KeptRequests.AnyAsync(kept => kept.UserId == user && kept.Key == key.Value))
        {
            throw ChatException.Conflict(QuestionService.RequestRepeated, "The same request is being done.");
        }

        db.KeptRequests.Add(new KeptRequest
        {
            UserId = user,
            Key = key.Value,
            RequestHash = key.RequestHash,
            ChatId = chat.Id,
            MessageId = message,
            CreatedAt = now,
        });
    }

    public async Task EraseAsync(Message message, long seq)
    {
        message.Erase(now, seq);
        if (message.Role is MessageRole.Assistant)
        {
            // Found by what they answer: there is an index for that.
            var generations = await db.Generations
                .Where(generation => generation.AskId == message.ParentId && generation.MessageId == message.Id)
                .ToListAsync();
            generations.ForEach(generation => generation.Prefix = "");
            _erased.AddRange(generations);
        }
    }

    public Task<Message?> FindMessageAsync(MessageId id) =>
        db.Messages.FirstOrDefaultAsync(message => message.Id == id && message.ChatId == chat.Id);

    public Task<Message?> FindMessageAsync(UserId author, string clientMessageId) =>
        db.Messages.FirstOrDefaultAsync(
            message => message.ChatId == chat.Id && message.AuthorId == author && message.ClientMessageId == clientMessageId);

    public Task<bool> IsMessageIdTakenAsync(string id) => db.MessagesKnownAs(chat.Id, id).AnyAsync();

    public Task<Participant?> FindParticipantAsync(UserId id) =>
        db.Participants.FirstOrDefaultAsync(participant => participant.ChatId == chat.Id && participant.UserId == id);

    public async Task<PersonView?> FindPersonAsync(string userName)
    {
        // PostgreSQL would refuse to compare with it.
        if (userName.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        var normalized = userName.Normalize().ToUpperInvariant();
        return await db.Users
            .Where(user => user.NormalizedUserName == normalized)
            .Select(user => new PersonView(user.Id, user.UserName!, user.DisplayName))
            .FirstOrDefaultAsync();
    }

    public Task<PersonView?> FindPersonAsync(UserId id) =>
        db.Users.Where(user => user.Id == id).Select(user => new PersonView(user.Id, user.UserName!, user.DisplayName)).FirstOrDefaultAsync();

    public Task<Generation?> FindGenerationAsync(GenerationId id) =>
        db.Generations.FirstOrDefaultAsync(generation => generation.Id == id && generation.ChatId == chat.Id);

    public Task<Generation?> FindGenerationOfAskAsync(MessageId askId) =>
        db.Generations.Where(generation => generation.AskId == askId).OrderBy(generation => generation.QueuedSeq).FirstOrDefaultAsync();

    public async Task<IReadOnlyList<Generation>> GetActiveGenerationsAsync() =>
        await db.ActiveGenerations(chat.Id).ToListAsync();

    public async Task<int> CountActiveGenerationsAsync(UserId asker)
    {
        await db.LockAsync(asker);
        return await db.Generations.CountAsync(generation => generation.AskerId == asker
            && (generation.State == ReplyState.Running || generation.State == ReplyState.Queued));
    }

    public async Task<long> GetNewestMessageSeqAsync(long seq) =>
        await db.Messages
            .Where(message => message.ChatId == chat.Id && message.Seq <= seq)
            .MaxAsync(message => (long?)message.Seq) ?? 0;

    public async Task<MessageView?> FindOldestPostAsync(MessageId except)
    {
        var oldest = db.Messages
            .Where(message => message.ChatId == chat.Id && message.Role == MessageRole.User && message.Id != except && message.DeletedAt == null)
            .OrderBy(message => message.Seq)
            .Take(1);
        return await db.MessageRows(oldest).FirstOrDefaultAsync() is { } row ? ChatQueries.ToView(row) : null;
    }

    public async Task<MessageId?> FindNewestMessageAsync(MessageId except) =>
        (await db.Messages
            .Where(message => message.ChatId == chat.Id && message.Id != except && message.DeletedAt == null)
            .OrderByDescending(message => message.Seq)
            .FirstOrDefaultAsync())?.Id;
}
