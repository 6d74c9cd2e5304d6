using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>The door for HTTP clients that read streams.</summary>
internal sealed class SseOptions
{
    public const string Section = "Sse";

    /// <summary>How long after its turn began a resume token is good.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ResumeTokenLifetime { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How long a stream may be silent before a comment shows that it lives.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Messages in a history; of more, the newest are shown.</summary>
    [Range(1, 1_000_000)]
    public int MaxHistoryMessages { get; set; } = 10_000;

    /// <summary>UTF-16 units of the texts in a history; of more, the newest messages are shown.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxHistoryLength { get; set; } = 16 * 1_024 * 1_024;
}

[OptionsValidator]
internal sealed partial class SseOptionsValidator : IValidateOptions<SseOptions>;
