using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>The OpenAI-compatible door.</summary>
internal sealed class OpenAIOptions
{
    public const string Section = "OpenAI";

    /// <summary>Largest request body in bytes. It may hold images, so it is larger than elsewhere.</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxRequestBytes { get; set; } = 20 * 1_024 * 1_024;

    /// <summary>Largest image in bytes, decoded.</summary>
    [Range(1, 1_073_741_824)]
    public int MaxImageBytes { get; set; } = 10 * 1_024 * 1_024;

    /// <summary>How long a stream may be silent before a comment shows that it lives.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);
}

[OptionsValidator]
internal sealed partial class OpenAIOptionsValidator : IValidateOptions<OpenAIOptions>;
