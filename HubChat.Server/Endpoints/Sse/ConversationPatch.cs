using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Text;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>What is to change of a conversation; null is left as it is.</summary>
/// <param name="Title">Its new title.</param>
/// <param name="IsArchived">In which of the caller's lists it stands.</param>
/// <param name="IsVisible">False deletes it.</param>
internal sealed record ConversationPatch(string? Title, bool? IsArchived, bool? IsVisible)
{
    /// <exception cref="SseException">invalid_title, invalid_is_archived, invalid_is_visible or empty_patch.</exception>
    public static ConversationPatch Read(JsonElement body)
    {
        var patch = new ConversationPatch(ReadTitle(body), ReadFlag(body, "is_archived"), ReadFlag(body, "is_visible"));
        if (patch.IsVisible is true)
        {
            throw SseException.Invalid("invalid_is_visible", "is_visible", "is_visible can only be false: what was deleted does not come back.");
        }

        return patch is { Title: null, IsArchived: null, IsVisible: null }
            ? throw SseException.Invalid("empty_patch", null, "Give at least one of title, is_archived and is_visible.")
            : patch;
    }

    private static string? ReadTitle(JsonElement body)
    {
        if (!body.TryGetProperty("title", out var title))
        {
            return null;
        }

        try
        {
            return TextRules.RequireLine(title.AsText(), Chat.MaxTitleLength, "A title");
        }
        catch (ChatException refusal)
        {
            throw SseException.Invalid("invalid_title", "title", refusal.Message);
        }
    }

    private static bool? ReadFlag(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var flag))
        {
            return null;
        }

        return flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw SseException.Invalid($"invalid_{name}", name, $"{name} must be true or false."),
        };
    }
}
