using System.Text.Json;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>What a client asks. Members that this door does not know are passed over, as OpenAI's clients expect.</summary>
internal sealed record ChatCompletionRequest
{
    public string? Model { get; init; }

    public IReadOnlyList<MessageRequest?>? Messages { get; init; }

    public bool? Stream { get; init; }

    public StreamOptionsRequest? StreamOptions { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? N { get; init; }

    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    /// <summary>A text, or up to four.</summary>
    public JsonElement? Stop { get; init; }

    public long? Seed { get; init; }

    public double? PresencePenalty { get; init; }

    public double? FrequencyPenalty { get; init; }

    public ResponseFormatRequest? ResponseFormat { get; init; }

    public IReadOnlyList<ToolRequest?>? Tools { get; init; }

    /// <summary>A word, or the function that must be called.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    public string? ReasoningEffort { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    /// <summary>What tools were before.</summary>
    public JsonElement? Functions { get; init; }
}

internal sealed record StreamOptionsRequest(bool? IncludeUsage = null);

/// <param name="Role">Who speaks.</param>
/// <param name="Content">A text, or parts.</param>
/// <param name="Name">The speaker's name; of a function message, the function's.</param>
/// <param name="ToolCalls">What the assistant wanted called.</param>
/// <param name="ToolCallId">The call that a tool message answers.</param>
/// <param name="FunctionCall">What a tool call was before.</param>
internal sealed record MessageRequest(
    string? Role = null, JsonElement? Content = null, string? Name = null, IReadOnlyList<ToolCallRequest?>? ToolCalls = null,
    string? ToolCallId = null, FunctionCallRequest? FunctionCall = null);

internal sealed record PartRequest(string? Type = null, string? Text = null, ImageRequest? ImageUrl = null, string? Refusal = null);

internal sealed record ImageRequest(string? Url = null);

internal sealed record ToolCallRequest(string? Id = null, string? Type = null, FunctionCallRequest? Function = null);

internal sealed record FunctionCallRequest(string? Name = null, string? Arguments = null);

internal sealed record ToolRequest(string? Type = null, FunctionRequest? Function = null);

internal sealed record FunctionRequest(string? Name = null, string? Description = null, JsonElement? Parameters = null);

internal sealed record ResponseFormatRequest(string? Type = null, JsonSchemaRequest? JsonSchema = null);

internal sealed record JsonSchemaRequest(string? Name = null, string? Description = null, JsonElement? Schema = null);
