using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>A person in a chat.</summary>
internal sealed class Participant
{
    public required ChatId ChatId { get; init; }

    public required UserId UserId { get; init; }

    public required ParticipantRole Role { get; set; }

    /// <summary>The event with which this person joined.</summary>
    public long JoinedSeq { get; set; }

    /// <summary>The newest message this person has read; it never moves back.</summary>
    public long ReadSeq { get; set; }

    public bool Pinned { get; set; }

    public bool Archived { get; set; }
}
