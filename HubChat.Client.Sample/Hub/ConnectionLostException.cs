namespace HubChat.Client.Sample.Hub;

/// <summary>The connection ended before the answer came: whether the call was carried out is not known.</summary>
internal sealed class ConnectionLostException(Exception inner)
    : ClientException(ExitCode.Unreachable, "The connection was lost; it is not known whether the server has done it.", inner);
