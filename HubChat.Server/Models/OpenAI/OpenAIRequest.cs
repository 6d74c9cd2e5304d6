using System.Text.Json;

namespace HubChat.Server.Models.OpenAI;

/// <summary>The body of a chat completion (OpenAI API reference, POST /chat/completions).</summary>
internal sealed record OpenAIRequest(string Model, IReadOnlyList<OpenAIMessage> Messages)
{
    public bool Stream { get; } = true;

    public OpenAIStreamOptions StreamOptions { get; } = new(true);

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public long? Seed { get; init; }

    public IList<string>? Stop { get; init; }

    public string? ReasoningEffort { get; init; }

    public OpenAIFormat? ResponseFormat { get; init; }

    public IReadOnlyList<OpenAITool>? Tools { get; init; }

    /// <summary>A word, or a function.</summary>
    public object? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }
}

internal sealed record OpenAIStreamOptions(bool IncludeUsage);

/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">A text, or parts when there are images; null for an assistant that only calls tools.</param>
internal sealed record OpenAIMessage(string Role, object? Content)
{
    public IReadOnlyList<OpenAIToolCall>? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }
}

internal sealed record OpenAIPart(string Type)
{
    public string? Text { get; init; }

    public OpenAIImage? ImageUrl { get; init; }
}

internal sealed record OpenAIImage(string Url);

internal sealed record OpenAIToolCall(string Id, OpenAIFunction Function)
{
    public string Type { get; } = "function";
}

internal sealed record OpenAITool(OpenAIFunction Function)
{
    public string Type { get; } = "function";
}

internal sealed record OpenAIFunction(string Name)
{
    public string? Description { get; init; }

    public JsonElement? Parameters { get; init; }

    /// <summary>JSON as text.</summary>
    public string? Arguments { get; init; }
}

internal sealed record OpenAIFormat(string Type)
{
    public OpenAISchema? JsonSchema { get; init; }
}

internal sealed record OpenAISchema(string Name, JsonElement Schema)
{
    public string? Description { get; init; }
}
