namespace HubChat.Server.Chats;

internal enum ChatEventType
{
    ChatCreated,
    ChatRenamed,
    ChatSettingsChanged,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantRoleChanged,
    MessagePosted,
    MessageEdited,
    MessageDeleted,
    GenerationQueued,
    GenerationStarted,
    GenerationCompleted,
    ReadMoved,
}
