namespace HubChat.Server.Usage;

/// <summary>What is counted.</summary>
internal enum UsageMeter
{
    /// <summary>Answers being written now.</summary>
    Running,

    Requests,

    /// <summary>Read and written together.</summary>
    Tokens,
}
