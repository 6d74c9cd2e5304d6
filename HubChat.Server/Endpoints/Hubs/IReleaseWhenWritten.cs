namespace HubChat.Server.Endpoints.Hubs;

/// <summary>An answer that something waits for: not for its being made, but for its having been written to the client.</summary>
internal interface IReleaseWhenWritten
{
    void Written();
}
