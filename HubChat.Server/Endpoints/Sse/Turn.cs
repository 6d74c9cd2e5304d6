using HubChat.Server.Generations;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>One attempt at a reply, with its question: what a stream of frames tells.</summary>
/// <param name="Reply">The reply and its question.</param>
/// <param name="Epoch">The attempt.</param>
internal sealed record Turn(ReplyTurn Reply, long Epoch)
{
    public ChatId ChatId => Reply.Generation.ChatId;

    public GenerationId GenerationId => Reply.Generation.Id;

    /// <summary>What clients know the turn by.</summary>
    public TurnId Id => new(GenerationId, Epoch);

    public string ConversationId => ChatId.ToString();

    public string MessageId => ConversationMapping.IdOf(Reply.Reply);

    /// <summary>When it began; everything that is told of it is of this moment.</summary>
    public DateTimeOffset CreatedAt => Reply.Generation.CreatedAt;

    public UserId AskerId => Reply.Generation.AskerId;

    /// <summary>Whether the stream may say what the conversation is called: its request made the conversation.</summary>
    public bool TellsTitle => Reply.Generation.OpensChat;

    /// <summary>Whether the question was deleted; then nobody is told it any more.</summary>
    public bool IsQuestionDeleted => Reply.Question.DeletedAt is not null;
}
