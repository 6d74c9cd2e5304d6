using System.Text.Json;
using System.Text.RegularExpressions;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>A message to be answered. The members are checked in the order of the contract; the first mistake is the one that is told.</summary>
/// <param name="ConversationId">Where; null for a new conversation.</param>
/// <param name="MessageId">The client's id of the message.</param>
/// <param name="Parts">The text, as it was sent.</param>
/// <param name="Temperature">0 to 2; null for the conversation's.</param>
/// <param name="Model">The name of a model; null for the conversation's.</param>
internal sealed partial record ConversationRequest(
    ChatId? ConversationId, string MessageId, IReadOnlyList<string> Parts, double? Temperature, string? Model)
{
    public const string PartsPath = "messages[0].content.parts";

    /// <summary>Where each ends is kept with the message: a list of them must not outweigh its text.</summary>
    private const int MaxParts = 1_000;
    private const string Text = "text";

    /// <param name="body">What was sent.</param>
    /// <param name="user">Who sent it.</param>
    /// <param name="maxLength">The longest text, in characters.</param>
    /// <param name="models">The models this person may name.</param>
    /// <exception cref="SseException">A member is refused.</exception>
    /// <exception cref="ChatException">text_empty, text_too_long or text_invalid.</exception>
    public static ConversationRequest Read(JsonElement body, CurrentUser user, int maxLength, IReadOnlyList<string> models)
    {
        RequireUser(body, user);
        var conversationId = body.Find("conversation_id") is { } id ? ConversationIds.Read(id) : (ChatId?)null;
        var message = ReadMessage(body);
        var messageId = ReadMessageId(message);
        var parts = ReadParts(message);
        TextRules.Require(string.Concat(parts), maxLength, "A message");
        var (temperature, model) = ReadMetadata(body, models);
        return new ConversationRequest(conversationId, messageId, parts, temperature, model);
    }

    /// <summary>The token decides who asks; a client that believes to be somebody else is told so.</summary>
    private static void RequireUser(JsonElement body, CurrentUser user)
    {
        if (body.Find("user_id") is not { } userId)
        {
            return;
        }

        if (userId.ValueKind is not JsonValueKind.String)
        {
            throw SseException.Invalid("invalid_user_id", "user_id", "user_id must be a string.");
        }

        if (!string.Equals(userId.AsText(), user.Id.ToString(), StringComparison.OrdinalIgnoreCase) && userId.AsText() != user.UserName)
        {
            throw new SseException(new SseError(
                StatusCodes.Status403Forbidden, "user_id_mismatch", "user_id is not the user whose token this is.", "user_id"));
        }
    }

    private static JsonElement ReadMessage(JsonElement body)
    {
        if (body.Find("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            throw SseException.Invalid("invalid_messages", "messages", "messages must be an array with one message.");
        }

        if (messages.GetArrayLength() > 1)
        {
            throw SseException.Invalid("too_many_messages", "messages", "messages must hold exactly one message.");
        }

        if (messages[0].ValueKind is not JsonValueKind.Object)
        {
            throw SseException.Invalid("invalid_messages", "messages[0]", "A message must be an object.");
        }

        var role = messages[0].Find("role") ?? messages[0].Find("author")?.Find("role");
        return role?.AsText() == "user"
            ? messages[0]
            : throw SseException.Invalid("invalid_role", "messages[0].role", "The role of a message must be 'user'.");
    }

    private static string ReadMessageId(JsonElement message)
    {
        if (message.Find("id") is not { } id)
        {
            return $"msg_{Guid.CreateVersion7():N}";
        }

        return id.AsText() is { } text && MessageIdForm().IsMatch(text)
            ? text
            : throw SseException.Invalid("invalid_message_id", "messages[0].id", "A message id has 1 to 128 of the characters A-Z, a-z, 0-9, _ and -.");
    }

    private static IReadOnlyList<string> ReadParts(JsonElement message)
    {
        var content = message.Find("content");
        if (content?.Find("content_type")?.AsText() != Text)
        {
            throw SseException.Invalid("unsupported_content_type", "messages[0].content.content_type", "The content type of a message must be 'text'.");
        }

        if (content.Value.Find("parts") is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is 0 or > MaxParts)
        {
            throw NotParts();
        }

        return [.. array.EnumerateArray().Select(part => part.AsText() ?? throw NotParts())];
    }

    private static (double? Temperature, string? Model) ReadMetadata(JsonElement body, IReadOnlyList<string> models)
    {
        if (body.Find("metadata") is not { } metadata)
        {
            return (null, null);
        }

        if (metadata.ValueKind is not JsonValueKind.Object)
        {
            throw SseException.Invalid("invalid_metadata", "metadata", "metadata must be an object.");
        }

        double? temperature = null;
        if (metadata.Find("temperature") is { } given)
        {
            temperature = given.ValueKind is JsonValueKind.Number && given.TryGetDouble(out var number) && number is >= 0 and <= 2
                ? number
                : throw SseException.Invalid("temperature_out_of_range", "metadata.temperature", "temperature must be a number from 0 to 2.");
        }

        if (metadata.Find("model") is not { } named)
        {
            return (temperature, null);
        }

        return named.AsText() is { } model && models.Contains(model)
            ? (temperature, model)
            : throw SseException.Invalid("invalid_metadata", "metadata.model", $"There is no such model. There are: {string.Join(", ", models)}.");
    }

    private static SseException NotParts() =>
        SseException.Invalid("invalid_parts", PartsPath, $"parts must be an array of 1 to {MaxParts} strings, none with half of a surrogate pair.");

    [GeneratedRegex("^[A-Za-z0-9_-]{1,128}\\z")]
    private static partial Regex MessageIdForm();
}
