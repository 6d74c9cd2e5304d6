namespace HubChat.Server.Models;

/// <summary>How long a model may be silent; null leaves it to the server's own timers.</summary>
/// <param name="FirstToken">Before its first text. A model may have to be loaded first.</param>
/// <param name="Token">Between two pieces.</param>
/// <param name="Total">The whole answer.</param>
internal sealed record ModelTimeouts(TimeSpan? FirstToken = null, TimeSpan? Token = null, TimeSpan? Total = null);
