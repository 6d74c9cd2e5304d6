namespace HubChat.Client.Sample.Auth;

internal sealed record StoredSession(string Token, string UserId, string Username, string DisplayName);
