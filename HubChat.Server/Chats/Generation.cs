using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;

namespace HubChat.Server.Chats;

/// <summary>One reply being made. It belongs to the server, not to a request or a connection.</summary>
internal sealed class Generation
{
    public required GenerationId Id { get; init; }

    public required ChatId ChatId { get; init; }

    /// <summary>The reply's message row, which exists before the model is called.</summary>
    public required MessageId MessageId { get; init; }

    /// <summary>The message that asked.</summary>
    public required MessageId AskId { get; init; }

    public required UserId AskerId { get; init; }

    /// <summary>The API key that asked; null for somebody who is signed in.</summary>
    public SessionId? KeyId { get; init; }

    public required ReplyState State { get; set; }

    /// <summary>The event that queued it: the chat's replies run in this order.</summary>
    public long QueuedSeq { get; set; }

    /// <summary>How many times a node has claimed it. Every write of a run names its attempt, so that a run that lost its lease changes nothing.</summary>
    public int Attempt { get; set; }

    /// <summary>The node that runs it, for as long as it says that it lives; each start of a server is a new one.</summary>
    public Guid? Owner { get; set; }

    /// <summary>Text that was there before, when a broken-off reply is continued.</summary>
    public string Prefix { get; set; } = "";

    public DateTimeOffset? StopRequestedAt { get; set; }

    public UserId? StopRequestedBy { get; set; }

    /// <summary>Asked for this reply alone, 0 to 2; null leaves it to the chat.</summary>
    public double? Temperature { get; init; }

    /// <summary>Whether the chat was made by the request that asked.</summary>
    public bool OpensChat { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>On whose account the model is called.</summary>
    public UsageSubject Subject => new(AskerId, KeyId, ChatId);

    /// <summary>What the ledger calls this attempt.</summary>
    public LedgerCall LedgerCall => new(CallKind.Reply, Id, Attempt, Subject, CreatedAt, StartedAt);

    /// <summary>What its delta log is called.</summary>
    public ReplyOrigin Origin => new(ChatId, Id, MessageId);

    /// <summary>The epoch of this attempt's deltas.</summary>
    public long Epoch => Attempt;
}
