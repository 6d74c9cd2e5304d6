namespace HubChat.Server.Chats;

internal enum ParticipantRole
{
    /// <summary>Reads, never writes.</summary>
    Reader,
    Member,

    /// <summary>One per chat; manages people, settings and every message.</summary>
    Owner,
}
