using System.Text.Json;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Messages of a request: what OpenAI takes from each role, and nothing from one role that only another may say.</summary>
internal static class MessageMapping
{
    private const string Base64 = ";base64";
    private static readonly string[] ImageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <param name="message">The message.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="limits">How large an image may be.</param>
    /// <exception cref="OpenAIException">A member does not fit.</exception>
    public static ChatMessage ToMessage(this MessageRequest? message, string path, OpenAIOptions limits) => message?.Role switch
    {
        // Models know one role for what stands above the conversation.
        "system" or "developer" => message.ToMessage(ChatRole.System, ToTexts(message.Content, path)),
        "user" => message.ToMessage(ChatRole.User, ToParts(message.Content, path, limits)),
        "assistant" => message.ToMessage(ChatRole.Assistant, ToAnswer(message, path)),
        "tool" => message.ToMessage(ChatRole.Tool, ToResult(message.ToolCallId, $"{path}.tool_call_id", message, path)),
        "function" => message.ToMessage(ChatRole.Tool, ToResult(message.Name, $"{path}.name", message, path)),
        _ => throw OpenAIException.Invalid($"{path}.role", "A message needs a role: system, developer, user, assistant, tool or function."),
    };

    private static ChatMessage ToMessage(this MessageRequest message, ChatRole role, IList<AIContent> contents) =>
        new(role, contents) { AuthorName = message.Name };

    private static List<AIContent> ToAnswer(MessageRequest answer, string path)
    {
        var contents = answer.Content is { } ? ToTexts(answer.Content, path) : [];
        contents.AddRange((answer.ToolCalls ?? []).Select((call, index) => call.ToCall($"{path}.tool_calls[{index}]")));
        if (answer.FunctionCall is { } call)
        {
            contents.Add(call.ToCall(id: null, $"{path}.function_call"));
        }

        RequestMapping.Require(contents.Count > 0, $"{path}.content", "An assistant's message needs content or tool_calls.");
        return contents;
    }

    private static List<AIContent> ToResult(string? call, string callPath, MessageRequest result, string path)
    {
        RequestMapping.Require(call is { Length: > 0 }, callPath, "The answer of a function must say which call it answers.");
        return [new FunctionResultContent(call!, string.Concat(ToTexts(result.Content, path).OfType<TextContent>().Select(text => text.Text)))];
    }

    private static List<AIContent> ToTexts(JsonElement? content, string path) => ToParts(content, path, limits: null);

    /// <param name="content">A text, or parts.</param>
    /// <param name="path">Where the message stands.</param>
    /// <param name="limits">How large an image may be; null where no image may be.</param>
    private static List<AIContent> ToParts(JsonElement? content, string path, OpenAIOptions? limits)
    {
        var at = $"{path}.content";
        if (content is { ValueKind: JsonValueKind.Array } several)
        {
            var parts = OpenAIJson.Read<List<PartRequest?>>(several, at);
            RequestMapping.Require(parts.Count > 0, at, "content must hold at least one part.");
            return [.. parts.Select((part, index) => ToPart(part, $"{at}[{index}]", limits))];
        }

        RequestMapping.Require(content is { ValueKind: JsonValueKind.String }, at, "content must be a text or an array of parts.");
        return [new TextContent(OpenAIJson.Read<string>(content!.Value, at))];
    }

    private static AIContent ToPart(PartRequest? part, string path, OpenAIOptions? limits)
    {
        switch (part)
        {
            case { Type: "text", Text: { } text }:
                return new TextContent(text);
            case { Type: "refusal", Refusal: { } refusal } when limits is null:
                return new TextContent(refusal);
            case { Type: "image_url", ImageUrl.Url: { } url } when limits is not null:
                return ToImage(url, $"{path}.image_url.url", limits.MaxImageBytes);
            case { Type: "text" or "image_url" or "refusal" }:
                throw OpenAIException.Invalid(path, "The part lacks what its type promises, or may not stand in a message of this role.");
            case { Type: "input_audio" or "file" }:
                throw OpenAIException.Unsupported($"{path}.type", "This server takes texts and images, no audio and no files.");
            default:
                throw OpenAIException.Invalid($"{path}.type", "The type of a part must be text or image_url.");
        }
    }

    /// <summary>
    /// An image that comes along (RFC 2397). One that would have to be fetched is refused: a server that fetches what strangers name can be
    /// sent anywhere.
    /// </summary>
    private static DataContent ToImage(string url, string path, int maxBytes)
    {
        var (scheme, comma) = ("data:", url.IndexOf(','));
        if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw OpenAIException.Unsupported(path, "An image must come along as a data: URL. This server fetches nothing.");
        }

        var header = url[scheme.Length..Math.Max(comma, scheme.Length)];
        var type = ImageTypes.FirstOrDefault(known => header.Equals(known + Base64, StringComparison.OrdinalIgnoreCase));
        RequestMapping.Require(type is not null, path, $"An image must be {string.Join(", ", ImageTypes)}, in base64.");

        var encoded = url.AsSpan(comma + 1);
        RequestMapping.Require(encoded.Length / 4L * 3 <= maxBytes + 2L, path, $"An image may hold {maxBytes} bytes.");
        var image = new byte[(encoded.Length / 4 * 3) + 3];
        RequestMapping.Require(
            Convert.TryFromBase64Chars(encoded, image, out var length) && length > 0, path, "The image is not valid base64.");
        RequestMapping.Require(length <= maxBytes, path, $"An image may hold {maxBytes} bytes.");
        return new DataContent(image.AsMemory(0, length), type!);
    }
}
