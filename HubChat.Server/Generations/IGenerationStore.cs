using HubChat.Server.Chats;
using HubChat.Server.Ids;

namespace HubChat.Server.Generations;

internal interface IGenerationStore
{
    /// <summary>Waiting generations whose chat has none running, the oldest first.</summary>
    Task<IReadOnlyList<Generation>> FindClaimableAsync(int max, CancellationToken cancellationToken);

    /// <summary>Running generations that nobody writes: their owner has no lease, or is this node, which does not run them.</summary>
    /// <param name="self">This node.</param>
    /// <param name="own">What it runs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<Generation>> FindOrphansAsync(Guid self, IReadOnlyCollection<GenerationId> own, CancellationToken cancellationToken);

    /// <summary>Generations of this owner that somebody wants stopped.</summary>
    Task<IReadOnlyList<GenerationId>> FindStopRequestedAsync(Guid owner, CancellationToken cancellationToken);

    /// <summary>What waits or runs, the newest first.</summary>
    Task<IReadOnlyList<LiveGeneration>> ListLiveAsync(int max, CancellationToken cancellationToken);

    /// <summary>How many wait, at all nodes together.</summary>
    Task<int> CountWaitingAsync(CancellationToken cancellationToken);

    Task<Generation?> FindAsync(GenerationId id, CancellationToken cancellationToken);

    /// <summary>A reply with the question that it answers; null when it is gone.</summary>
    Task<ReplyTurn?> FindTurnAsync(GenerationId id, CancellationToken cancellationToken);

    /// <summary>The newest reply of a chat that has text and has ended.</summary>
    /// <param name="chatId">The chat.</param>
    /// <param name="about">The reply or question it must be; null for any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ReplyTurn?> FindAnsweredAsync(ChatId chatId, MessageId? about, CancellationToken cancellationToken);

    Task<MessageView?> FindReplyAsync(MessageId id, CancellationToken cancellationToken);

    /// <summary>Stores the text so far; false when the attempt has lost the generation.</summary>
    Task<bool> CheckpointAsync(Generation generation, string text, CancellationToken cancellationToken);

    /// <summary>What the prompt of a generation is made of: the way from its question back to the beginning, the newest message first.</summary>
    Task<PromptSource> GetPromptSourceAsync(Generation generation, int maxMessages, CancellationToken cancellationToken);
}

/// <param name="Chat">The chat's settings.</param>
/// <param name="Messages">The newest first.</param>
/// <param name="People">How many people are in the chat.</param>
internal sealed record PromptSource(Chat Chat, IReadOnlyList<MessageView> Messages, int People);

/// <summary>A reply that waits or runs, without anything that is said in its chat; or a call outside any chat.</summary>
internal sealed record LiveGeneration(
    GenerationId Id, ChatId? ChatId, UserId AskerId, string? Asker, string? Model, ReplyState State, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    int Attempt);
