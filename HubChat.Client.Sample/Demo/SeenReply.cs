namespace HubChat.Client.Sample.Demo;

/// <summary>What one person has seen of a reply; <c>Hash</c> and <c>State</c> are there once it has ended.</summary>
internal sealed record SeenReply(string Printed, int Pieces, bool Restarted, string? Hash, string? State);
