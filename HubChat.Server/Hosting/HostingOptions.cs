using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>The process and its listener.</summary>
internal sealed class HostingOptions
{
    public const string Section = "Hosting";

    /// <summary>Largest request body in bytes.</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxRequestBytes { get; set; } = 1_048_576;

    /// <summary>Connections of all kinds that the process takes. 0: as many as it may open files, less some for itself.</summary>
    [Range(0, int.MaxValue)]
    public int MaxConnections { get; set; }

    /// <summary>Addresses and networks of the proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are believed. Loopback is not among them by itself.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>How long hub clients are given to move away before the server stops. 0 stops at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan DrainFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long stopping may take after that.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan StopWithin { get; set; } = TimeSpan.FromSeconds(20);
}

[OptionsValidator]
internal sealed partial class HostingOptionsValidator : IValidateOptions<HostingOptions>;
