using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Limits;

/// <summary>How often somebody may call.</summary>
internal sealed class RateLimitOptions
{
    public const string Section = "RateLimits";

    /// <summary>False switches all request rate limits off, for load runs.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Hub calls a second of one connection.</summary>
    [Range(1, 100_000)]
    public int HubCallsPerSecond { get; set; } = 20;

    /// <summary>Hub calls of one connection at once.</summary>
    [Range(1, 100_000)]
    public int HubBurst { get; set; } = 40;

    /// <summary>REST requests a second of one address.</summary>
    [Range(1, 100_000)]
    public int ApiRequestsPerSecond { get; set; } = 20;

    [Range(1, 100_000)]
    public int ApiBurst { get; set; } = 100;

    /// <summary>Sign-ins a minute for one account.</summary>
    [Range(1, 100_000)]
    public int SignInsPerAccount { get; set; } = 5;

    /// <summary>Sign-ins and sign-ups a minute from one address.</summary>
    [Range(1, 100_000)]
    public int SignInsPerAddress { get; set; } = 20;

    /// <summary>Hub connections of one person.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerUser { get; set; } = 10;

    /// <summary>Hub connections from one address.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
