using System.Threading.RateLimiting;
using HubChat.Server.Endpoints;
using HubChat.Server.Errors;
using HubChat.Server.Limits;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>How often one address may call the REST doors. Built on ASP.NET Core's rate limiting.</summary>
internal static class RequestLimits
{
    private static readonly string[] Roots = ["/api", "/v1", "/backend-api"];

    public static IServiceCollection AddRequestLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(limiter => limiter.OnRejected = (rejected, _) => throw ChatException.RateLimited(
            rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : null));
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>(
            (limiter, limits) => limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => Partition(context, limits.Value)));
        return services;
    }

    private static RateLimitPartition<string> Partition(HttpContext context, RateLimitOptions limits) =>
        limits.Enabled && Roots.Any(root => context.Request.Path.StartsWithSegments(root))
            ? RateLimitPartition.GetTokenBucketLimiter(ClientAddress.Of(context), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limits.ApiBurst,
                TokensPerPeriod = limits.ApiRequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            })
            : RateLimitPartition.GetNoLimiter("");
}
