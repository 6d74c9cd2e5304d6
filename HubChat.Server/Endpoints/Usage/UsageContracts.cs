using HubChat.Server.Usage;

namespace HubChat.Server.Endpoints.Usage;

/// <summary>A limit, over how many seconds (0: at any moment), and how much of it is used now.</summary>
internal sealed record LimitItem(UsageMeter Meter, int Seconds, long Limit, long Used);

internal sealed record UsageResponse(DateOnly From, DateOnly To, IReadOnlyList<UsageItem> Usage, IReadOnlyList<LimitItem> Limits);
