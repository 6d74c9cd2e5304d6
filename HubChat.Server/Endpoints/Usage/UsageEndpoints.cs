using HubChat.Server.Identity;
using HubChat.Server.Usage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HubChat.Server.Endpoints.Usage;

/// <summary>docs/protocol/usage.md.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/usage", Own).WithTags("Usage").RequireAuthorization();

    private static async Task<Ok<UsageResponse>> Own(
        string? from, string? to, ILedger ledger, UsageLimits limits, CurrentUser user, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = UsageReport.QueryOf(from, to, user.Id, byUser: false, time);
        var levels = await limits.ReadAsync(new UsageSubject(user.Id, user.KeyId, Chat: null), cancellationToken);
        return TypedResults.Ok(new UsageResponse(
            query.From,
            query.To,
            [.. (await ledger.SumAsync(query, cancellationToken)).Select(sum => sum.ToItem())],
            [.. levels.Select(level => new LimitItem(level.Meter, (int)level.Window.TotalSeconds, level.Limit, level.Used))]));
    }
}
