namespace HubChat.Server.Storage;

/// <summary>The server cannot start, for a reason its operator can mend; the message says how.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
