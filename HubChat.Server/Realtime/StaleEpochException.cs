namespace HubChat.Server.Realtime;

/// <summary>The writer has lost the reply to another attempt; it must stop without changing anything.</summary>
internal sealed class StaleEpochException() : Exception("Another attempt at this reply has begun.");
