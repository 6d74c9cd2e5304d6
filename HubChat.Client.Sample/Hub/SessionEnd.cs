namespace HubChat.Client.Sample.Hub;

internal static class SessionEnd
{
    public static string Sentence(string reason) => reason switch
    {
        "logged_out" => "You signed out elsewhere. Sign in again.",
        "revoked" => "This session was revoked. Sign in again.",
        "expired" => "The session has ended. Sign in again.",
        "password_changed" => "The password was changed. Sign in again.",
        "account_deleted" => "The account was deleted.",
        "locked" => "The account is locked.",
        _ => "The session was ended by the server. Sign in again.",
    };
}
