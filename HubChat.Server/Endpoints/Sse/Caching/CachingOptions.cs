using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse.Caching;

/// <summary>The cache of histories and lists.</summary>
internal sealed class CachingOptions
{
    public const string Section = "Sse:Cache";

    /// <summary>Bytes that the cache of a server without Redis may hold.</summary>
    [Range(0, 1L << 40)]
    public long MaxBytes { get; set; } = 64 * 1_024 * 1_024;
}

[OptionsValidator]
internal sealed partial class CachingOptionsValidator : IValidateOptions<CachingOptions>;
