namespace HubChat.Client.Sample.Contract;

internal sealed record Position(long Seq, IReadOnlyList<GenerationPosition> Generations);

internal sealed record GenerationPosition(string Id, long Epoch, long Off);

internal sealed record WatchRequest(string ChatId, long? AfterSeq = null, IReadOnlyList<GenerationPosition>? Generations = null);

internal sealed record WatchResult(string ChatId, Position Position)
{
    public ChatSnapshot? Snapshot { get; init; }
    public IReadOnlyList<ChatEvent>? Events { get; init; }
    public IReadOnlyList<ReplyDelta>? Replies { get; init; }
    public IReadOnlyList<string>? Presence { get; init; }
}

internal sealed record ChatSnapshot(Chat Chat, IReadOnlyList<Message> Messages, bool HasMore, IReadOnlyList<string> Presence);

internal sealed record ChatEvent(long Seq, string Type, DateTimeOffset At)
{
    public string? ActorId { get; init; }
    public string? Title { get; init; }
    public ChatSettings? Settings { get; init; }
    public Participant? Participant { get; init; }
    public string? Assistant { get; init; }
    public string? UserId { get; init; }
    public string? Role { get; init; }
    public Message? Message { get; init; }
    public string? MessageId { get; init; }
    public string? GenerationId { get; init; }
    public long? Epoch { get; init; }
    public long? ReadSeq { get; init; }
}

/// <summary>Everything that a stream of a reply can bring; which members are there depends on <see cref="Kind"/>.</summary>
internal sealed record ReplyDelta(string Kind, string GenerationId, string MessageId)
{
    public string? AskId { get; init; }
    public long Epoch { get; init; }
    public long Off { get; init; }
    public string? Text { get; init; }
    public string? State { get; init; }
    public long Length { get; init; }
    public string? Hash { get; init; }
    public ReplyError? Error { get; init; }
}

/// <summary>Everything that a watch can bring; which members are there depends on <see cref="Kind"/>.</summary>
internal sealed record ChatUpdate(string Kind, string ChatId)
{
    public ChatEvent? Event { get; init; }
    public string? GenerationId { get; init; }
    public string? MessageId { get; init; }
    public long Epoch { get; init; }
    public long Off { get; init; }
    public string? Text { get; init; }
    public string? State { get; init; }
    public long Length { get; init; }
    public string? Hash { get; init; }
    public ReplyError? Error { get; init; }
    public string? UserId { get; init; }
    public bool Typing { get; init; }
    public IReadOnlyList<string>? UserIds { get; init; }
    public long Seq { get; init; }
    public WatchResult? Watch { get; init; }
    public string? Reason { get; init; }

    public ReplyDelta ToReplyDelta() => new(Kind, GenerationId ?? "", MessageId ?? "")
    {
        Epoch = Epoch,
        Off = Off,
        Text = Text,
        State = State,
        Length = Length,
        Hash = Hash,
        Error = Error,
    };
}

internal sealed record InboxUpdate(string Kind, ChatSummary? Chat = null, string? ChatId = null);
