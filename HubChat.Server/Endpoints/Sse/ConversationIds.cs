using System.Text.Json;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Ids of conversations as clients write them: UUIDs in the usual form with hyphens, in any case.</summary>
internal static class ConversationIds
{
    // The framework would pass over white space around it.
    private const int Length = 36;

    /// <exception cref="SseException">invalid_conversation_id.</exception>
    public static ChatId Read(JsonElement? id) => Read(id?.AsText());

    /// <exception cref="SseException">invalid_conversation_id.</exception>
    public static ChatId Read(string? id) => id?.Length == Length && Guid.TryParseExact(id, "D", out var guid)
        ? new ChatId(guid)
        : throw SseException.Invalid("invalid_conversation_id", "conversation_id", "conversation_id must be a UUID.");
}
