using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Models;

namespace HubChat.Server.Endpoints.Admin;

internal static class AdminMapping
{
    public static AccountItem ToItem(this AccountView account) => new(
        account.Id, account.UserName, account.Email, account.DisplayName, account.Role, account.CreatedAt, account.LockedAt, account.Sessions, account.Keys);

    public static GenerationItem ToItem(this LiveGeneration generation) => new(
        generation.Id, generation.ChatId, generation.AskerId, generation.Asker, generation.Model,
        WireNames.Of(generation.State), generation.CreatedAt, generation.StartedAt, generation.Attempt);

    public static UpstreamItem ToItem(this Upstream upstream, IEnumerable<AssistantModel> models) => new(
        upstream.Provider, upstream.Address, [.. models.Select(model => model.Name)], upstream.Running, upstream.Waiting, upstream.LastSuccessAt,
        upstream.LastFailure is { } failure ? new UpstreamFailureItem(failure.At, failure.Code, failure.Status, failure.Detail) : null);

    public static AuditItem ToItem(this AuditEntry entry) => new(
        entry.Seq, entry.At, entry.ActorId, entry.Action, entry.SubjectId, entry.Detail, Convert.ToHexStringLower(entry.Hash));

    public static VerifyResponse ToResponse(this AuditVerdict verdict) => verdict.BrokenSeq is { } broken
        ? new VerifyResponse(Intact: false, BrokenSeq: broken)
        : new VerifyResponse(Intact: true, verdict.Entries);
}
