namespace HubChat.Tests.Endpoints.Hubs;

internal enum Verdict
{
    Allowed,
    NotFound,
    Forbidden,
}
