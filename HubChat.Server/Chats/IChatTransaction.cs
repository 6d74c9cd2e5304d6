using HubChat.Server.Audit;
using HubChat.Server.Ids;
using HubChat.Server.Usage;

namespace HubChat.Server.Chats;

/// <summary>
/// A change to one chat. What it reads is current and stays so until it commits; what it adds and raises is stored together or not at all.
/// </summary>
internal interface IChatTransaction
{
    Chat Chat { get; }

    DateTimeOffset Now { get; }

    /// <summary>Writes an event and gives it the chat's next number.</summary>
    ChatEvent Raise(ChatEventType type, EventReferences references, EventData? data = null);

    /// <summary>Writes a line of the audit log, which is stored with the change or not at all.</summary>
    Task RecordAsync(AuditRecord record);

    void Add(Message message);

    void Add(Generation generation);

    void Add(Participant participant);

    void Add(LedgerEntry entry);

    void Remove(Participant participant);

    /// <summary>Keeps what a request came to under the key it may be repeated with.</summary>
    /// <exception cref="Errors.ChatException">request_repeated when the key is in use: somebody was faster.</exception>
    Task KeepAsync(RequestKey key, UserId user, MessageId message);

    /// <summary>Forgets the text of a message wherever it is kept.</summary>
    Task EraseAsync(Message message, long seq);

    Task<Message?> FindMessageAsync(MessageId id);

    Task<Message?> FindMessageAsync(UserId author, string clientMessageId);

    /// <summary>Whether a message of this chat is known by this id, given by a door or by the server.</summary>
    Task<bool> IsMessageIdTakenAsync(string id);

    Task<Participant?> FindParticipantAsync(UserId id);

    /// <summary>The person with this user name, spelled in any case.</summary>
    Task<PersonView?> FindPersonAsync(string userName);

    Task<PersonView?> FindPersonAsync(UserId id);

    Task<Generation?> FindGenerationAsync(GenerationId id);

    /// <summary>The first generation that a message asked for.</summary>
    Task<Generation?> FindGenerationOfAskAsync(MessageId askId);

    /// <summary>The generations of this chat that wait or run, in the order of their turn.</summary>
    Task<IReadOnlyList<Generation>> GetActiveGenerationsAsync();

    /// <summary>How many generations of this person wait or run, in all chats.</summary>
    Task<int> CountActiveGenerationsAsync(UserId asker);

    /// <summary>The newest message with a number up to <paramref name="seq"/>; 0 when there is none.</summary>
    Task<long> GetNewestMessageSeqAsync(long seq);

    /// <summary>The oldest message of a person that is not deleted and not <paramref name="except"/>.</summary>
    Task<MessageView?> FindOldestPostAsync(MessageId except);

    /// <summary>The newest message that is not deleted and not <paramref name="except"/>.</summary>
    Task<MessageId?> FindNewestMessageAsync(MessageId except);
}

/// <summary>A person with an account.</summary>
internal sealed record PersonView(UserId Id, string UserName, string DisplayName);

/// <summary>What an event is about.</summary>
internal readonly record struct EventReferences(
    UserId? Actor = null, MessageView? Message = null, ParticipantView? Participant = null, UserId? Subject = null,
    MessageId? MessageId = null, GenerationId? GenerationId = null);
