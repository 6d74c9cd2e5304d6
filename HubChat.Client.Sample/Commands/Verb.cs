namespace HubChat.Client.Sample.Commands;

internal enum Verb
{
    Live,
    SignUp,
    LogIn,
    LogOut,
    List,
    New,
    Open,
    Say,
    Check,
    Demo,
    Help,
    Version,
}
