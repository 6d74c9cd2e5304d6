namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>Who makes a request; the columns of the authorization matrix of the REST doors.</summary>
public enum ApiRole
{
    Anonymous,
    User,

    /// <summary>Somebody else, who names what is the user's.</summary>
    Stranger,
    Admin,
    ChatKey,
    ModelsKey,
}
