namespace HubChat.Server.Endpoints.Sse;

/// <summary>docs/protocol/sse.md.</summary>
internal static class SseEndpoints
{
    public const string Root = "/backend-api";
    public const string Policy = "Sse";

    /// <summary>What measurements call this door.</summary>
    public const string Door = "backend-api";

    public static void MapSse(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Root).WithTags("Sse").RequireAuthorization(Policy).AddEndpointFilter<SseErrorFilter>();
        group.MapTurns();
        group.MapConversations();
    }
}
