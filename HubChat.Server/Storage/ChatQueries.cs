using HubChat.Server.Chats;
using HubChat.Server.Ids;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>Reading chats with the names that belong to them.</summary>
internal static class ChatQueries
{
    private const string DeletedUser = "deleted user";

    extension(ChatDbContext db)
    {
        public async Task<IReadOnlyList<ParticipantView>> GetParticipantsAsync(ChatId chatId, CancellationToken cancellationToken) =>
            await (from participant in db.Participants
                   join user in db.Users on participant.UserId equals user.Id
                   where participant.ChatId == chatId
                   orderby participant.JoinedSeq
                   select new ParticipantView(
                       user.Id, user.UserName!, user.DisplayName, participant.Role, participant.JoinedSeq, participant.ReadSeq))
                .AsNoTracking()
                .ToListAsync(cancellationToken);

        /// <summary>The message of a chat that a door or the server gave this id.</summary>
        public IQueryable<Message> MessagesKnownAs(ChatId chatId, string id)
        {
            MessageId? own = Guid.TryParse(id, out var guid) ? new MessageId(guid) : null;
            return db.Messages.Where(message => message.ChatId == chatId && (message.ExternalId == id || message.Id == own));
        }

        public IQueryable<MessageRow> MessageRows(IQueryable<Message> messages) =>
            from message in messages
            join user in db.Users on message.AuthorId equals user.Id into authors
            from author in authors.DefaultIfEmpty()
            select new MessageRow { Message = message, AuthorName = author == null ? null : author.DisplayName };

        public async Task<IReadOnlyList<ChatEventView>> GetEventsAsync(ChatId chatId, long afterSeq, int max, CancellationToken cancellationToken)
        {
            var rows = await (
                from chatEvent in db.Events
                where chatEvent.ChatId == chatId && chatEvent.Seq > afterSeq
                join message in db.Messages on chatEvent.MessageId equals message.Id into messages
                from message in messages.DefaultIfEmpty()
                join author in db.Users on message.AuthorId equals author.Id into authors
                from author in authors.DefaultIfEmpty()
                join subject in db.Users on chatEvent.SubjectId equals subject.Id into subjects
                from subject in subjects.DefaultIfEmpty()
                orderby chatEvent.Seq
                select new
                {
                    Event = chatEvent,
                    Message = message,
                    AuthorName = author == null ? null : author.DisplayName,
                    SubjectUserName = subject == null ? null : subject.UserName,
                    SubjectName = subject == null ? null : subject.DisplayName,
                })
                .Take(max)
                .AsNoTracking()
                .ToListAsync(cancellationToken);

            return
            [
                .. rows.Select(row => new ChatEventView(
                    row.Event,
                    row.Message is null ? null : new MessageView(row.Message, NameOf(row.Message.Role, row.AuthorName)),
                    row.Event is { Type: ChatEventType.ParticipantJoined, SubjectId: { } subject }
                        ? new ParticipantView(
                            subject, row.SubjectUserName ?? DeletedUser, row.SubjectName ?? DeletedUser,
                            row.Event.Data?.Role ?? ParticipantRole.Member, row.Event.Seq, ReadSeq: 0)
                        : null)),
            ];
        }

        /// <summary>What waits or runs in a chat, in the order of its turn.</summary>
        public IQueryable<Generation> ActiveGenerations(ChatId chatId) =>
            db.Generations
                .Where(generation => generation.ChatId == chatId
                    && (generation.State == ReplyState.Running || generation.State == ReplyState.Queued))
                .OrderBy(generation => generation.QueuedSeq);

        public async Task<IReadOnlyList<ActiveGeneration>> GetActiveGenerationsAsync(ChatId chatId, CancellationToken cancellationToken) =>
            await db.ActiveGenerations(chatId)
                .Select(generation => new ActiveGeneration(generation.Id, generation.MessageId, generation.State))
                .ToListAsync(cancellationToken);
    }

    public static MessageView ToView(MessageRow row) => new(row.Message, NameOf(row.Message.Role, row.AuthorName));

    public static string NameOf(MessageRole role, string? authorName) =>
        role is MessageRole.Assistant ? ReplyQueue.AssistantName : authorName ?? DeletedUser;

    internal sealed class MessageRow
    {
        public required Message Message { get; init; }

        public required string? AuthorName { get; init; }
    }
}
