using HubChat.Server.Chats;
using HubChat.Server.Diagnostics;
using HubChat.Server.Endpoints.OpenAI;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Limits;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Storage;
using HubChat.Server.Usage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>Whether the process lives, whether it may be given work, and, for administrators, the limits in force.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("live")).AllowAnonymous();
        routes.MapGet("/readyz", Ready).AllowAnonymous();
        routes.MapGet("/limits", Limits).RequireAuthorization();
    }

    /// <summary>A server that has to do without something still serves what it can, and says so.</summary>
    private static ContentHttpResult Ready(ServerState server, IBackplane backplane, NodeHeartbeat heartbeat)
    {
        if (!server.IsReady)
        {
            var why = server.IsDraining ? "draining" : server.IsUnwritable ? "unwritable: database" : "starting";
            return TypedResults.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var degraded = ServerState.Without(database: heartbeat.IsLate, redis: !backplane.IsConnected);
        return TypedResults.Text(degraded is [] ? "ready" : $"degraded: {string.Join(", ", degraded)}");
    }

    private static Ok<Dictionary<string, object>> Limits(
        CurrentUser user, IOptions<ChatOptions> chats, IOptions<ReplyQueueOptions> replies, IOptions<GenerationOptions> generation,
        IOptions<RealtimeOptions> realtime, IOptions<RateLimitOptions> rates, IOptions<HubConnectionOptions> connections,
        IOptions<AccountOptions> accounts, IOptions<UsageOptions> usage, IOptions<OpenAIOptions> openAI, IOptions<StorageOptions> storage,
        IOptions<NodeOptions> nodes, IOptions<MemoryOptions> memory, IOptions<HostingOptions> hosting) =>
        user.Role is UserRole.Admin
            ? TypedResults.Ok(new Dictionary<string, object>
            {
                ["chats"] = chats.Value,
                ["replyQueue"] = replies.Value,
                ["generation"] = generation.Value,
                ["realtime"] = realtime.Value,
                ["rateLimits"] = rates.Value,
                ["connections"] = connections.Value,
                ["accounts"] = accounts.Value,
                ["usage"] = usage.Value,
                ["openAI"] = openAI.Value,
                ["storage"] = storage.Value,
                ["nodes"] = nodes.Value,
                ["memory"] = memory.Value,
                ["hosting"] = hosting.Value,
            })
            : throw ChatException.NotFound("page");
}
