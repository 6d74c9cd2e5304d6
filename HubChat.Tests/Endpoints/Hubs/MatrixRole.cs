namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>Who calls; the columns of the authorization matrix.</summary>
public enum MatrixRole
{
    Owner,

    /// <summary>The author of the chat's message, who asked for its replies.</summary>
    Member,

    /// <summary>A member who wrote nothing and asked for nothing.</summary>
    OtherMember,
    Reader,
    Stranger,

    /// <summary>Was in the chat and has been removed.</summary>
    Removed,

    /// <summary>An administrator of the server who is not in the chat.</summary>
    Admin,

    /// <summary>An API key of the owner with the scope <c>chat</c>.</summary>
    ChatKey,

    /// <summary>An API key of the owner with the scope <c>models</c> only.</summary>
    ModelsKey,
}
