namespace HubChat.Client.Sample.Demo;

/// <summary>
/// What one person has seen of a reply. <c>State</c> is there once it has ended, <c>Hash</c> when that was seen as it happened:
/// who was not connected just then reads the stored text instead.
/// </summary>
internal sealed record SeenReply(string Printed, int Pieces, bool Restarted, string? Hash, string? State);
