using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Admin;

internal sealed record SetRoleRequest(UserRole Role);

internal sealed record AccountItem(
    UserId Id, string Username, string Email, string DisplayName, UserRole Role, DateTimeOffset CreatedAt, DateTimeOffset? LockedAt, int Sessions, int Keys);

internal sealed record AccountsResponse(IReadOnlyList<AccountItem> Users, bool HasMore);

internal sealed record GenerationItem(
    GenerationId Id, ChatId? ChatId, UserId AskerId, string? Asker, string? Model, string State, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    int Attempt);

internal sealed record GenerationsResponse(IReadOnlyList<GenerationItem> Generations);

internal sealed record KillResponse(string State);

internal sealed record UpstreamItem(
    string Provider, string Address, IReadOnlyList<string> Models, long Running, long Waiting, DateTimeOffset? LastSuccessAt,
    UpstreamFailureItem? LastFailure);

internal sealed record UpstreamFailureItem(DateTimeOffset At, string Code, int? Status, string Detail);

internal sealed record UpstreamsResponse(IReadOnlyList<UpstreamItem> Upstreams);

internal sealed record UsageResponse(DateOnly From, DateOnly To, IReadOnlyList<UsageItem> Usage);

internal sealed record AuditItem(long Seq, DateTimeOffset At, UserId? ActorId, string Action, Guid? SubjectId, string? Detail, string Hash);

internal sealed record AuditResponse(IReadOnlyList<AuditItem> Entries, bool HasMore);

internal sealed record VerifyResponse(bool Intact, long? Entries = null, long? BrokenSeq = null);
