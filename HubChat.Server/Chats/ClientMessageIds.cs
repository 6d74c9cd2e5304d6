using HubChat.Server.Errors;

namespace HubChat.Server.Chats;

/// <summary>The sender's own ids: the key under which sending can be repeated, for ever.</summary>
internal static class ClientMessageIds
{
    public const int MaxLength = 64;
    public const string ConflictCode = "client_message_id_conflict";

    /// <exception cref="ChatException">invalid_request.</exception>
    public static void Require(string? id)
    {
        if (id is null or { Length: 0 or > MaxLength } || id.Any(character => character is <= ' ' or > '~'))
        {
            throw ChatException.InvalidRequest($"clientMessageId must be 1 to {MaxLength} visible ASCII characters, without spaces.");
        }
    }

    /// <exception cref="ChatException">client_message_id_conflict.</exception>
    public static void RequireSame(Message earlier, byte[] hash)
    {
        if (earlier.ClientHash is null || !earlier.ClientHash.AsSpan().SequenceEqual(hash))
        {
            throw Conflict();
        }
    }

    public static ChatException Conflict() =>
        ChatException.Conflict(ConflictCode, "This clientMessageId was used for something else. Nothing was changed.");
}
