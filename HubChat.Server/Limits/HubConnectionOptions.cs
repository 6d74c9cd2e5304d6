using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Limits;

/// <summary>Hub connections: sizes and timers of SignalR.</summary>
internal sealed class HubConnectionOptions
{
    public const string Section = "Connections";

    /// <summary>
    /// Largest message from a client in bytes. The longest text must fit in whatever script and however it is escaped: six bytes for each
    /// of its characters.
    /// </summary>
    [Range(1_024, 64 * 1_024 * 1_024)]
    public int MaxMessageBytes { get; set; } = 256 * 1_024;

    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A client that says nothing for this long, not even a ping, is gone.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class HubConnectionOptionsValidator : IValidateOptions<HubConnectionOptions>;
