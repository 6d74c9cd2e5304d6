namespace HubChat.Server.Endpoints;

internal static class ClientAddress
{
    /// <summary>Where a request comes from, as limits count it. Forwarded headers are believed only from configured proxies, before this.</summary>
    public static string Of(HttpContext? context) => context?.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
