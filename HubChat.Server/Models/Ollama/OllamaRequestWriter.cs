using System.Globalization;
using System.Text.Json;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Ollama;

/// <summary>Writes a conversation as /api/chat asks for it.</summary>
internal sealed class OllamaRequestWriter(string model, OllamaModelOptions settings)
{
    public byte[] Write(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var tools = options?.ToolMode is NoneChatToolMode ? null : options?.Tools?.OfType<AIFunctionDeclaration>().Select(ToTool).ToList();
        var request = new OllamaRequest(model, ToMessages(messages, options?.Instructions))
        {
            Options = ToOptions(options),
            Format = ToFormat(options?.ResponseFormat),
            KeepAlive = ToKeepAlive(settings.KeepAlive),
            Think = settings.Thinks ? ToThink(options?.Reasoning?.Effort) : null,
            Tools = tools is { Count: > 0 } ? tools : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(request, UpstreamJson.Requests);
    }

    private static List<OllamaMessage> ToMessages(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var written = new List<OllamaMessage>();
        var toolNames = new Dictionary<string, string>();
        if (!string.IsNullOrEmpty(instructions))
        {
            written.Add(new OllamaMessage("system", instructions));
        }

        foreach (var message in messages)
        {
            var calls = message.Contents.OfType<FunctionCallContent>().ToList();
            calls.ForEach(call => toolNames[call.CallId] = call.Name);
            var results = message.Contents.OfType<FunctionResultContent>().ToList();
            written.AddRange(results.Select(result => new OllamaMessage("tool", ToolText.Of(result))
            {
                ToolName = toolNames.GetValueOrDefault(result.CallId),
                ToolCallId = result.CallId,
            }));

            var images = message.Contents.Select(ToImage).OfType<string>().ToList();
            if (results.Count == 0 || calls.Count > 0 || images.Count > 0 || (message.Text.Length > 0 && message.Role != ChatRole.Tool))
            {
                written.Add(new OllamaMessage(message.Role.Value, message.Text)
                {
                    Images = images.Count > 0 ? images : null,
                    ToolCalls = calls.Count > 0 ? [.. calls.Select(ToToolCall)] : null,
                });
            }
        }

        return written;
    }

    private static string? ToImage(AIContent content) => content switch
    {
        DataContent data when data.HasTopLevelMediaType("image") => data.Base64Data.ToString(),
        DataContent => throw new ModelException(ModelException.Failed, "Of files, the model takes only images."),
        // Ollama does not fetch it, and neither do we.
        UriContent => throw new ModelException(ModelException.Failed, "The model takes images only by their bytes, not by an address."),
        _ => null,
    };

    private static OllamaToolCall ToToolCall(FunctionCallContent call) =>
        new(call.CallId, new OllamaFunctionCall(call.Name, ToolText.ArgumentsOf(call)));

    private static OllamaTool ToTool(AIFunctionDeclaration tool) => new(new OllamaFunction(tool.Name, tool.Description, tool.JsonSchema));

    private OllamaRequestOptions? ToOptions(ChatOptions? options)
    {
        var written = new OllamaRequestOptions
        {
            Temperature = options?.Temperature,
            TopP = options?.TopP,
            TopK = options?.TopK,
            Seed = options?.Seed,
            Stop = options?.StopSequences is { Count: > 0 } stops ? stops : null,
            NumPredict = options?.MaxOutputTokens,
            NumCtx = settings.ContextTokens,
            PresencePenalty = options?.PresencePenalty,
            FrequencyPenalty = options?.FrequencyPenalty,
        };
        return written == new OllamaRequestOptions() ? null : written;
    }

    private static object? ToFormat(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson { Schema: { } schema } => schema,
        ChatResponseFormatJson => "json",
        _ => null,
    };

    // As text, a number without a unit is refused.
    private static object? ToKeepAlive(string? keepAlive) =>
        long.TryParse(keepAlive, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? seconds
        : string.IsNullOrEmpty(keepAlive) ? null
        : keepAlive;

    private static object ToThink(ReasoningEffort? effort) => effort switch
    {
        null => true,
        ReasoningEffort.None => false,
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => "medium",
        _ => "high",
    };
}
