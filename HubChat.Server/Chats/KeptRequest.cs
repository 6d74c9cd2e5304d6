using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>A request that was done under a <see cref="RequestKey"/>, and what came of it.</summary>
internal sealed class KeptRequest
{
    public required UserId UserId { get; init; }

    public required string Key { get; init; }

    public required byte[] RequestHash { get; init; }

    public required ChatId ChatId { get; init; }

    /// <summary>The message that was posted.</summary>
    public required MessageId MessageId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
