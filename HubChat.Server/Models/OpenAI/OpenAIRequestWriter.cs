using System.Text.Json;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.OpenAI;

/// <summary>Writes a conversation as a chat completion asks for it.</summary>
internal sealed class OpenAIRequestWriter(UpstreamAddress address, string model, OpenAIModelOptions settings)
{
    private const string OpenAIHost = "api.openai.com";

    public byte[] Write(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var isOpenAI = address.Host == OpenAIHost;
        var hasNewLimit = settings.UsesMaxCompletionTokens ?? isOpenAI;
        var tools = options?.Tools?.OfType<AIFunctionDeclaration>().Select(ToTool).ToList();
        var hasTools = tools is { Count: > 0 };
        var request = new OpenAIRequest(model, ToMessages(messages, options?.Instructions))
        {
            Temperature = options?.Temperature,
            TopP = options?.TopP,
            // OpenAI refuses what it does not know; others know it.
            TopK = isOpenAI ? null : options?.TopK,
            MaxTokens = hasNewLimit ? null : options?.MaxOutputTokens,
            MaxCompletionTokens = hasNewLimit ? options?.MaxOutputTokens : null,
            PresencePenalty = options?.PresencePenalty,
            FrequencyPenalty = options?.FrequencyPenalty,
            Seed = options?.Seed,
            Stop = options?.StopSequences is { Count: > 0 } stops ? stops : null,
            ReasoningEffort = settings.Thinks ? ToEffort(options?.Reasoning?.Effort) : null,
            ResponseFormat = ToFormat(options?.ResponseFormat),
            Tools = hasTools ? tools : null,
            ToolChoice = hasTools ? ToToolChoice(options?.ToolMode) : null,
            ParallelToolCalls = hasTools ? options?.AllowMultipleToolCalls : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(request, UpstreamJson.Requests);
    }

    private static List<OpenAIMessage> ToMessages(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var written = new List<OpenAIMessage>();
        if (!string.IsNullOrEmpty(instructions))
        {
            written.Add(new OpenAIMessage("system", instructions));
        }

        foreach (var message in messages)
        {
            var results = message.Contents.OfType<FunctionResultContent>().ToList();
            written.AddRange(results.Select(result => new OpenAIMessage("tool", ToolText.Of(result)) { ToolCallId = result.CallId }));
            var calls = message.Contents.OfType<FunctionCallContent>().Select(ToToolCall).ToList();
            var content = ToContent(message);
            if (calls.Count > 0 || (content is not null && message.Role != ChatRole.Tool) || results.Count == 0)
            {
                written.Add(new OpenAIMessage(message.Role.Value, content ?? (calls.Count > 0 ? null : "")) { ToolCalls = calls.Count > 0 ? calls : null });
            }
        }

        return written;
    }

    private static object? ToContent(ChatMessage message)
    {
        if (!message.Contents.Any(content => content is DataContent or UriContent))
        {
            return message.Text.Length > 0 ? message.Text : null;
        }

        return message.Contents.Select(ToPart).OfType<OpenAIPart>().ToList();
    }

    private static OpenAIPart? ToPart(AIContent content) => content switch
    {
        TextContent text => new OpenAIPart("text") { Text = text.Text },
        DataContent data when data.HasTopLevelMediaType("image") => ToImage(data.Uri),
        // The upstream fetches it, if anybody does.
        UriContent uri when uri.HasTopLevelMediaType("image") => ToImage(uri.Uri.AbsoluteUri),
        DataContent or UriContent => throw new ModelException(ModelException.Failed, "Of files, the model takes only images."),
        _ => null,
    };

    private static OpenAIPart ToImage(string address) => new("image_url") { ImageUrl = new OpenAIImage(address) };

    private static OpenAIToolCall ToToolCall(FunctionCallContent call) =>
        new(call.CallId, new OpenAIFunction(call.Name) { Arguments = ToolText.ArgumentsOf(call).GetRawText() });

    private static OpenAITool ToTool(AIFunctionDeclaration tool) =>
        new(new OpenAIFunction(tool.Name) { Description = tool.Description, Parameters = tool.JsonSchema });

    private static object? ToToolChoice(ChatToolMode? mode) => mode switch
    {
        null => null,
        NoneChatToolMode => "none",
        RequiredChatToolMode { RequiredFunctionName: { } name } => new OpenAITool(new OpenAIFunction(name)),
        RequiredChatToolMode => "required",
        _ => "auto",
    };

    private static OpenAIFormat? ToFormat(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson { Schema: { } schema } json => new OpenAIFormat("json_schema")
        {
            JsonSchema = new OpenAISchema(json.SchemaName ?? "answer", schema) { Description = json.SchemaDescription },
        },
        ChatResponseFormatJson => new OpenAIFormat("json_object"),
        _ => null,
    };

    private static string? ToEffort(ReasoningEffort? effort) => effort switch
    {
        null => null,
        ReasoningEffort.None => "none",
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => "medium",
        ReasoningEffort.ExtraHigh => "xhigh",
        _ => "high",
    };
}
