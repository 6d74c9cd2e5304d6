namespace HubChat.Server.Identity;

internal enum SessionKind
{
    SignIn,
    ApiKey,

    /// <summary>Marks a browser that has signed in to the account: it is not kept out by a lockout that somebody else provoked.</summary>
    KnownDevice,
}
