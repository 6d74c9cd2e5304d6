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

    /// <summary>Bytes of the longest answer that is kept. Longer ones are read from the database: moving them about saves nothing.</summary>
    [Range(0, 512 * 1_024 * 1_024)]
    public int MaxAnswerBytes { get; set; } = 1_024 * 1_024;

    /// <summary>Pages that are kept of one person's list.</summary>
    [Range(1, 100_000)]
    public int MaxPagesPerList { get; set; } = 64;
}

[OptionsValidator]
internal sealed partial class CachingOptionsValidator : IValidateOptions<CachingOptions>;
