using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Usage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace HubChat.Server.Endpoints.Admin;

/// <summary>docs/protocol/admin.md.</summary>
internal static class AdminEndpoints
{
    private const int DefaultPageSize = 50;

    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/api/admin").WithTags("Admin").RequireAdministrator();
        admin.MapGet("/users", ListUsers);
        admin.MapPost("/users/{id:guid}/lock", LockUser);
        admin.MapPost("/users/{id:guid}/unlock", UnlockUser);
        admin.MapPut("/users/{id:guid}/role", SetRole);
        admin.MapGet("/generations", ListGenerations);
        admin.MapPost("/generations/{id:guid}/kill", KillGeneration);
        admin.MapGet("/upstreams", ListUpstreams);
        admin.MapGet("/usage", ReadUsage);
        admin.MapGet("/audit", ReadAudit);
        admin.MapGet("/audit/verify", VerifyAudit);
    }

    private static async Task<Ok<AccountsResponse>> ListUsers(
        Guid? after, int? limit, string? search, AccountAdministration accounts, CurrentUser user, CancellationToken cancellationToken)
    {
        var query = new ListAccounts(after is { } id ? new UserId(id) : null, search, limit ?? DefaultPageSize);
        var page = await accounts.ListAsync(query, user, cancellationToken);
        return TypedResults.Ok(new AccountsResponse([.. page.Accounts.Select(account => account.ToItem())], page.HasMore));
    }

    private static async Task<Ok<AccountItem>> LockUser(
        Guid id, AccountAdministration accounts, CurrentUser user, CancellationToken cancellationToken) =>
        TypedResults.Ok((await accounts.LockAsync(new UserId(id), user, cancellationToken)).ToItem());

    private static async Task<Ok<AccountItem>> UnlockUser(
        Guid id, AccountAdministration accounts, CurrentUser user, CancellationToken cancellationToken) =>
        TypedResults.Ok((await accounts.UnlockAsync(new UserId(id), user, cancellationToken)).ToItem());

    private static async Task<Ok<AccountItem>> SetRole(
        Guid id, SetRoleRequest request, AccountAdministration accounts, CurrentUser user, CancellationToken cancellationToken) =>
        TypedResults.Ok((await accounts.SetRoleAsync(new UserId(id), request.Role, user, cancellationToken)).ToItem());

    private static async Task<Ok<GenerationsResponse>> ListGenerations(
        GenerationService generations, AuditLog audit, CurrentUser user, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.GenerationsListed), cancellationToken);
        var live = await generations.ListLiveAsync(user, cancellationToken);
        return TypedResults.Ok(new GenerationsResponse([.. live.Select(generation => generation.ToItem())]));
    }

    private static async Task<Ok<KillResponse>> KillGeneration(
        Guid id, GenerationService generations, CurrentUser user, CancellationToken cancellationToken)
    {
        var state = await generations.KillAsync(new GenerationId(id), user, cancellationToken);
        return TypedResults.Ok(new KillResponse(state is { } final ? WireNames.Of(final) : "stopping"));
    }

    private static async Task<Ok<UpstreamsResponse>> ListUpstreams(
        ModelCatalog models, AuditLog audit, CurrentUser user, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.UpstreamsRead), cancellationToken);
        var upstreams = models.All.Where(model => model.Upstream is not null).GroupBy(model => model.Upstream!);
        return TypedResults.Ok(new UpstreamsResponse([.. upstreams.Select(group => group.Key.ToItem(group))]));
    }

    private static async Task<Ok<UsageResponse>> ReadUsage(
        string? from, string? to, [FromQuery(Name = "user")] Guid? person, ILedger ledger, AuditLog audit, CurrentUser user, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var query = UsageReport.QueryOf(from, to, person is { } id ? new UserId(id) : null, byUser: true, time);
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.UsageRead, person), cancellationToken);
        return TypedResults.Ok(new UsageResponse(query.From, query.To, [.. (await ledger.SumAsync(query, cancellationToken)).Select(sum => sum.ToItem())]));
    }

    private static async Task<Ok<AuditResponse>> ReadAudit(
        long? before, int? limit, AuditLog audit, CurrentUser user, CancellationToken cancellationToken)
    {
        var max = limit ?? DefaultPageSize;
        if (max is < 1 or > AccountAdministration.MaxPageSize)
        {
            throw ChatException.InvalidRequest($"limit must be 1 to {AccountAdministration.MaxPageSize}.");
        }

        if (before < 1)
        {
            throw ChatException.InvalidRequest("before must be at least 1.");
        }

        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.AuditRead), cancellationToken);
        var page = await audit.ReadAsync(before, max, cancellationToken);
        return TypedResults.Ok(new AuditResponse([.. page.Entries.Select(entry => entry.ToItem())], page.HasMore));
    }

    private static async Task<Ok<VerifyResponse>> VerifyAudit(AuditLog audit, CurrentUser user, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(new AuditRecord(user.Id, AuditActions.AuditVerified), cancellationToken);
        return TypedResults.Ok((await audit.VerifyAsync(cancellationToken)).ToResponse());
    }
}
