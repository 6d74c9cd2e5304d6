namespace HubChat.Server.Chats;

/// <summary>A key that a client chose for a request, so that it can repeat the request without doing it twice.</summary>
/// <param name="Value">1 to <see cref="MaxLength"/> characters, the client's own.</param>
/// <param name="RequestHash">SHA-256 of what is requested: under one key there can be one request only.</param>
internal sealed record RequestKey(string Value, byte[] RequestHash)
{
    public const int MaxLength = 128;

    /// <summary>How long a key is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
}
