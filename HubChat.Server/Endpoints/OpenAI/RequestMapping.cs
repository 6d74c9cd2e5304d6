using System.Text.Json;
using HubChat.Server.Generations;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>From OpenAI's request to the model's. The bounds are those of OpenAI's API reference, "Create chat completion".</summary>
internal static class RequestMapping
{
    private const int MaxMessages = 2_048;
    private const int MaxStops = 4;

    /// <exception cref="OpenAIException">A member does not fit.</exception>
    public static CompletionRequest ToCompletion(this ChatCompletionRequest request, OpenAIOptions limits)
    {
        Require(request.Model is { Length: > 0 }, "model", "model must name a model.");
        Require(request.Messages is { Count: > 0 and <= MaxMessages }, "messages", $"messages must hold 1 to {MaxMessages} messages.");
        Require(request.StreamOptions is null || request.Stream is true, "stream_options", "stream_options needs stream: true.");
        Require(request.N is null or 1, "n", "n must be 1: this server gives one answer to a request.");
        RequireSupported(request);
        return new CompletionRequest(
            request.Model!, [.. request.Messages!.Select((message, index) => message.ToMessage($"messages[{index}]", limits))], request.ToOptions());
    }

    /// <exception cref="OpenAIException">The rule is broken.</exception>
    public static void Require(bool holds, string param, string rule)
    {
        if (!holds)
        {
            throw OpenAIException.Invalid(param, rule);
        }
    }

    private static Microsoft.Extensions.AI.ChatOptions ToOptions(this ChatCompletionRequest request)
    {
        RequireRange(request.Temperature, 0, 2, "temperature");
        RequireRange(request.TopP, 0, 1, "top_p");
        RequireRange(request.PresencePenalty, -2, 2, "presence_penalty");
        RequireRange(request.FrequencyPenalty, -2, 2, "frequency_penalty");
        Require(request.MaxTokens is null or >= 1, "max_tokens", "max_tokens must be at least 1.");
        Require(request.MaxCompletionTokens is null or >= 1, "max_completion_tokens", "max_completion_tokens must be at least 1.");
        var tools = request.Tools.ToTools();
        return new Microsoft.Extensions.AI.ChatOptions
        {
            ModelId = request.Model,
            Temperature = (float?)request.Temperature,
            TopP = (float?)request.TopP,
            PresencePenalty = (float?)request.PresencePenalty,
            FrequencyPenalty = (float?)request.FrequencyPenalty,
            MaxOutputTokens = request.MaxCompletionTokens ?? request.MaxTokens,
            StopSequences = ToStops(request.Stop),
            Seed = request.Seed,
            ResponseFormat = request.ResponseFormat.ToFormat(),
            Tools = tools,
            ToolMode = request.ToolChoice.ToToolMode(tools),
            AllowMultipleToolCalls = tools is null ? null : request.ParallelToolCalls,
            Reasoning = ToReasoning(request.ReasoningEffort),
        };
    }

    private static void RequireSupported(ChatCompletionRequest request)
    {
        if (request.Logprobs is true || request.TopLogprobs > 0)
        {
            throw OpenAIException.Unsupported(request.Logprobs is true ? "logprobs" : "top_logprobs", "This server gives no log probabilities.");
        }

        if (request.Functions is not null)
        {
            throw OpenAIException.Unsupported("functions", "functions is not supported any more. Use tools.");
        }
    }

    private static void RequireRange(double? value, double least, double most, string param) =>
        Require(value is null || (value >= least && value <= most), param, FormattableString.Invariant($"{param} must be between {least} and {most}."));

    private static List<string>? ToStops(JsonElement? stop)
    {
        List<string>? stops = stop switch
        {
            null => null,
            { ValueKind: JsonValueKind.Array } several => [.. OpenAIJson.Read<List<string?>>(several, "stop").Select(text => text ?? "")],
            { } one => [OpenAIJson.Read<string>(one, "stop")],
        };
        Require(
            stops is null || (stops.Count <= MaxStops && stops.All(text => text.Length > 0)),
            "stop",
            $"stop must be a text, or up to {MaxStops} texts, none of them empty.");
        return stops;
    }

    private static ReasoningOptions? ToReasoning(string? effort) => effort switch
    {
        null => null,
        "none" => new() { Effort = ReasoningEffort.None },
        "minimal" or "low" => new() { Effort = ReasoningEffort.Low },
        "medium" => new() { Effort = ReasoningEffort.Medium },
        "high" => new() { Effort = ReasoningEffort.High },
        "xhigh" => new() { Effort = ReasoningEffort.ExtraHigh },
        _ => throw OpenAIException.Invalid("reasoning_effort", "reasoning_effort must be none, minimal, low, medium, high or xhigh."),
    };

    private static ChatResponseFormat? ToFormat(this ResponseFormatRequest? format)
    {
        switch (format)
        {
            case null:
                return null;
            case { Type: "text" }:
                return ChatResponseFormat.Text;
            case { Type: "json_object" }:
                return ChatResponseFormat.Json;
            case { Type: "json_schema", JsonSchema: var schema }:
                Require(ToolMapping.IsName(schema?.Name), "response_format.json_schema.name", ToolMapping.NameRule);
                Require(schema!.Schema is { ValueKind: JsonValueKind.Object }, "response_format.json_schema.schema", "A schema must be an object.");
                return ChatResponseFormat.ForJsonSchema(schema.Schema!.Value, schema.Name, schema.Description);
            default:
                throw OpenAIException.Invalid("response_format.type", "response_format.type must be text, json_object or json_schema.");
        }
    }
}
