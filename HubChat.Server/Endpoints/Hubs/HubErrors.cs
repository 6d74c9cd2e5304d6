using HubChat.Server.Errors;
using Microsoft.AspNetCore.SignalR;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>Refusals as the hub says them: <c>code: sentence</c> (docs/protocol/hub.md §2).</summary>
internal static class HubErrors
{
    public static HubException ToHubException(ChatException refusal) => ToHubException(refusal.Code, refusal.Message);

    public static HubException ToHubException(string code, string sentence) => new($"{code}: {sentence}");
}
